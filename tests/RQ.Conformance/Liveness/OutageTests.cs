using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Conformance.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Servers that go and come back, and connections that are not what they seem.</summary>
public class OutageTests
{
    private static readonly string[] s_durable = ["--appendonly", "yes", "--appendfsync", "always"];

    [Fact]
    public async Task S115_a_job_that_ends_while_the_server_is_away_is_stored_when_it_is_back()
    {
        await using RedisServer server = await RedisServer.StartAsync(s_durable);
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = StartWorker(rq), idle = StartWorker(rq, "idle");
        string key = Guid.NewGuid().ToString();
        Job<string> job = await new Queue("default", rq).EnqueueAsync(() => CallbackJobs.RunAsync(key, null!));
        await CallbackJobs.ExecutionOfAsync(key);

        server.Kill();
        TestJobs.Gate(key).Open();
        await Eventually.BecomesAsync(() => !rq.Multiplexer.IsConnected, "the connection is lost");
        await server.StartAsync();

        await Eventually.BecomesAsync(() => AnswersAsync(rq), "the server is back");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
        TestJobs.Runs(key).ShouldBe(1);
        (await (await new Queue("idle", rq).EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        worker.Completion.IsCompleted.ShouldBeFalse();
        idle.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task S116_after_each_outage_the_worker_takes_jobs_again()
    {
        await using RedisServer server = await RedisServer.StartAsync(s_durable);
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = StartWorker(rq);
        for (int cycle = 0; cycle < 4; cycle++)
        {
            await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
            server.Kill();
            if (cycle % 2 == 1)
                await Eventually.BecomesAsync(() => !rq.Multiplexer.IsConnected, "the outage is noticed");
            await server.StartAsync();
            await Eventually.BecomesAsync(() => AnswersAsync(rq), "the server is back");
        }

        (await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        worker.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task S118_workers_follow_the_primary_when_theirs_becomes_a_replica()
    {
        await using RedisServer primary = await RedisServer.StartAsync();
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await using RedisSentinel sentinel = await RedisSentinel.StartAsync(primary);
        await using RqConnection rq = await RqConnection.ConnectAsync($"127.0.0.1:{sentinel.Port},serviceName=mymaster");
        await using RunningWorker worker = StartWorker(rq);
        await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(() => rq.Multiplexer.GetServers().Any(server => server.IsReplica), "the replica is known");
        await using ConnectionMultiplexer watcher = await ConnectionMultiplexer.SentinelConnectAsync($"127.0.0.1:{sentinel.Port},allowAdmin=true");

        // Both stay up; the old primary refuses writes from now on.
        await Eventually.BecomesAsync(async () =>
        {
            try
            {
                await watcher.GetServer("127.0.0.1", sentinel.Port).ExecuteAsync("SENTINEL", "FAILOVER", "mymaster");
                return true;
            }
            catch (RedisServerException)
            {
                return false;
            }
        }, "the sentinel begins a fail-over");
        await using RqConnection direct = await RqConnection.ConnectAsync(replica.Url());
        await Eventually.BecomesAsync(() => TriesAsync(() => direct.Database.StringSetAsync("probe", "1")), "the replica takes writes");

        Job<int> job = await Eventually.GivesAsync(async () =>
        {
            Job<int>? found = null;
            await TriesAsync(async () => found = await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(1, 1)));
            return found;
        }, "a job is on the new primary");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(1000)]
    public async Task S121_a_command_time_out_shorter_than_the_wait_for_jobs_disturbs_nothing(int milliseconds)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions
        {
            Configure = configuration => (configuration.AsyncTimeout, configuration.SyncTimeout) = (milliseconds, milliseconds),
        });
        var log = new FakeLogCollector();
        await using RunningWorker worker = StartWorker(rq, log: log);
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "it waits");
        string connections = (string)(await rq.Database.HashGetAsync(rq.Keys.LeaseWaits, worker.Name))!;

        // Many times as long as the time-out.
        await Leases.IsRenewedAsync(rq, worker.Name, times: 3);

        ((string)(await rq.Database.HashGetAsync(rq.Keys.LeaseWaits, worker.Name))!).ShouldBe(connections, "it waits on the same connection");
        log.GetSnapshot().ShouldNotContain(record => record.Message.Contains("lost the connection"));
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1));
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "the job runs");
    }

    [Fact]
    public async Task S122_what_blocks_does_so_on_connections_of_its_own()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = StartWorker(rq, queues: ["a", "b"], options: options => (options.Concurrency, options.Name) = (8, "w"));
        Queue other = new("other", rq);
        await using RqConnection admin = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true });
        async Task<string[]> BlockedAsync() => [.. ((string)(await admin.Database.ExecuteAsync("CLIENT", "LIST"))!).Split('\n').Where(line => line.Contains("cmd=blmove"))];
        await Eventually.BecomesAsync(async () => (await BlockedAsync()).Length == 2, "it waits on both queues");

        // Nothing comes between: all this happens while both pops go on.
        for (int i = 0; i < 200; i++)
            await other.EnqueueAsync(() => TestJobs.Nothing());

        string[] blocked = await BlockedAsync();
        blocked.Length.ShouldBe(2);
        blocked.ShouldAllBe(line => line.Contains("name=w-wait"));
        (await other.CountAsync()).ShouldBe(200);
    }

    [Fact]
    public async Task S119_a_worker_whose_connections_died_without_a_word_makes_new_ones()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0", new RqConnectionOptions
        {
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Configure = configuration => configuration.AsyncTimeout = 1000,
        });
        await using RqConnection direct = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = StartWorker(rq);
        await Eventually.BecomesAsync(() => direct.Database.HashExistsAsync(direct.Keys.LeaseWaits, worker.Name), "it waits");
        await Leases.IsRenewedAsync(direct, worker.Name);
        string key = Guid.NewGuid().ToString();

        proxy.Silence();
        // The server still has the pop of a connection that nobody reads any more.
        Job<int> job = await new Queue("default", direct).EnqueueAsync(() => TestJobs.CountRun(key));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(1);
        TestJobs.Runs(key).ShouldBe(1);
        (await (await new Queue("default", direct).EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    private static RunningWorker StartWorker(
        RqConnection rq, string queue = "default", FakeLogCollector? log = null, string[]? queues = null, Action<WorkerOptions>? options = null)
    {
        var made = new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() };
        if (log is not null)
            made.LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log)));
        options?.Invoke(made);
        return new RunningWorker(new Worker(queues ?? [queue], rq, made));
    }

    private static Task<bool> AnswersAsync(RqConnection rq) => TriesAsync(() => rq.Database.PingAsync());

    private static async Task<bool> TriesAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    }
}
