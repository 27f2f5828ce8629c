using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>Connections that break, fall silent or lose what was sent, and servers that go and come back.</summary>
public class OutageTests
{
    [Theory]
    [InlineData("default")]
    [InlineData("high", "default", "low")]
    public async Task S013_a_job_whose_pop_was_answered_to_nobody_is_run(params string[] queues)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0");
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        await using ClientList clients = await ClientList.ConnectAsync(server);
        await using RunningWorker worker = StartWorker(rq, queues);
        for (int round = 0; round < 5; round++)
        {
            await clients.IdleAsync(queues.Length);
            var queue = new Queue(queues[round % queues.Length], direct);
            string key = $"S013-{queues.Length}-{round}";

            proxy.DropAnswers();
            Job<int> job = await queue.EnqueueAsync(() => TestJobs.CountRun(key));
            await Eventually.BecomesAsync(async () => await queue.CountAsync() == 0, "the server has popped it");
            TestJobs.Runs(key).ShouldBe(0, "its answer has reached nobody");
            proxy.Reset();

            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(1);
        }

        (await worker.StopAsync()).ShouldBe(5);
    }

    [Fact]
    public async Task S116_jobs_are_taken_after_every_one_of_several_outages()
    {
        await using RedisServer server = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = StartWorker(rq, ["high", "default"]);
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        foreach (bool isLong in new[] { false, true, false, true })
        {
            Job<int> before = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1));
            server.Kill();
            if (isLong)
                await Eventually.BecomesAsync(() => !rq.Multiplexer.IsConnected, "the connection is lost");
            await server.StartAsync();

            (await before.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
            Job<int> after = await EventuallyEnqueuesAsync(rq);
            (await after.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        }

        worker.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task S119_a_worker_leaves_connections_on_which_nothing_passes_any_more()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", new RqConnectionOptions
        {
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Configure = redis => (redis.AsyncTimeout, redis.SyncTimeout, redis.KeepAlive) = (1000, 1000, 1),
        });
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        await using ClientList clients = await ClientList.ConnectAsync(server);
        await using RunningWorker worker = StartWorker(rq, ["default"]);
        string wait = (await clients.IdleAsync(1)).Single().Id;

        proxy.Silence();
        // The server still serves the dead wait: it is the one that gets the job.
        Job<int> job = await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(1, 1));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        Job<int> next = await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(2, 2));
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
        (await clients.IdleAsync(1)).Single().Id.ShouldNotBe(wait);
    }

    /// <summary>Until the shared connection is back, enqueueing fails, and says so.</summary>
    internal static Task<Job<int>> EventuallyEnqueuesAsync(RqConnection rq) => Eventually.GivesAsync(
        async () =>
        {
            try
            {
                return await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return null;
            }
        },
        "the server takes jobs");

    internal static RunningWorker StartWorker(RqConnection rq, string[] queues, Action<WorkerOptions>? configure = null)
    {
        var options = new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() };
        configure?.Invoke(options);
        return new RunningWorker(new Worker(queues, rq, options));
    }
}
