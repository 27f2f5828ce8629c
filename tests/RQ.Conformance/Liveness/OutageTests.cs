using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Servers that go and come back, or are no longer the one to write to.</summary>
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
        await (await new Queue("idle", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);

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

    private static RunningWorker StartWorker(RqConnection rq, string queue = "default") =>
        new(new Worker([queue], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() }));

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
