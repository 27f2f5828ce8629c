using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Conformance.Connections;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>A server whose new connections hang: nothing is refused and nothing is answered.</summary>
public class SilentServerTests
{
    private static readonly RqConnectionOptions s_impatient = new() { ConnectTimeout = TimeSpan.FromSeconds(2) };

    [Fact]
    public async Task A_worker_goes_on_after_its_new_connections_hung()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        var log = new FakeLogCollector();
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions
        {
            Name = "w",
            Functions = new JobFunctions().AddAssemblyOf<Backend>(),
            LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log))),
        }));
        await using ClientList clients = await ClientList.ConnectAsync(server);
        ClientList.Client wait = (await clients.IdleAsync(1)).Single();

        proxy.Stall();
        await clients.Database.ExecuteAsync("CLIENT", "KILL", "ID", wait.Id);
        // The killed connection is the first loss; the one that hangs while it is made again is the one that matters.
        await Eventually.BecomesAsync(
            () => log.GetSnapshot().Any(record => record.Message.Contains("lost the connection")), "the worker notices");
        // One try to wait again makes two connections at most: the wait's, and one to end what was left of it.
        await Eventually.BecomesAsync(() => proxy.Hung >= 5, "another try follows one that hung");
        worker.Completion.IsCompleted.ShouldBeFalse();
        proxy.Resume();

        Job<int> job = await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(1, 1));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await worker.StopAsync()).ShouldBe(1);
    }

    /// <summary>What the server says on the old connections is lost, and new ones are fine: only who waits on the old ones does not notice.</summary>
    [Fact]
    public async Task A_job_taken_over_a_connection_that_has_gone_deaf_is_started_long_before_the_pop_gives_up()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        var log = new FakeLogCollector();
        await using RunningWorker worker = StartLogging(rq, log);
        await using (ClientList clients = await ClientList.ConnectAsync(server))
            await clients.IdleAsync(1);

        proxy.DropAnswers();
        Job<int> job = await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(1, 1));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        log.GetSnapshot().ShouldNotContain(record => record.Exception != null && record.Exception.ToString().Contains("long after its time was over"));
    }

    [Fact]
    public async Task A_worker_whose_waiting_connection_has_gone_deaf_stops_long_before_the_pop_gives_up()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        var log = new FakeLogCollector();
        await using RunningWorker worker = StartLogging(rq, log);
        await using (ClientList clients = await ClientList.ConnectAsync(server))
            await clients.IdleAsync(1);

        proxy.DropAnswers();
        await worker.StopAsync();

        log.GetSnapshot().ShouldNotContain(record => record.Exception != null && record.Exception.ToString().Contains("long after its time was over"));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_not_tried_by_each_wait_that_ends()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        using RespConnection wait = await RespConnection.ConnectAsync(rq.PrimaryEndpoint(), null, CancellationToken.None);
        using var control = new ControlConnection(rq);
        proxy.Stall();

        for (int i = 0; i < 5; i++)
            await control.KillAsync(wait.Number);

        proxy.Hung.ShouldBe(1);
    }

    [Fact]
    public async Task Waiting_for_a_result_ends_in_time_when_new_connections_hang()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", s_impatient);
        Job job = await new Queue("default", rq).EnqueueAsync(JobCall.To("a"));
        proxy.Stall();

        Task<JobResult> waiting = job.WaitForResultAsync(TimeSpan.FromSeconds(1));

        (await Task.WhenAny(waiting, Task.Delay(Eventually.Limit))).ShouldBe(waiting);
        (await Should.ThrowAsync<TimeoutException>(() => waiting)).Message.ShouldContain("did not end within");
    }

    private static RunningWorker StartLogging(RqConnection rq, FakeLogCollector log) => new(new Worker(["default"], rq, new WorkerOptions
    {
        Name = "w",
        Functions = new JobFunctions().AddAssemblyOf<Backend>(),
        LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log))),
    }));
}
