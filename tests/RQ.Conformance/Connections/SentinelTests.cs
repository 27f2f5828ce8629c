using System.Net;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>CON_5: the address of a sentinel leads to the primary that it watches, for the worker's own connections too.</summary>
public class SentinelTests
{
    [Fact]
    public async Task CON_5_a_worker_runs_on_the_primary_that_a_sentinel_names()
    {
        await using RedisServer primary = await RedisServer.StartAsync();
        await using RedisSentinel sentinel = await RedisSentinel.StartAsync(primary);
        await RunsAJobAsync($"127.0.0.1:{sentinel.Port},serviceName=mymaster,defaultDatabase=3", primary.Port);
    }

    [Fact]
    public async Task CON_5_the_primarys_password_is_not_asked_of_a_sentinel_without_one()
    {
        await using RedisServer primary = await ProtectedAsync("primary-secret");
        await using RedisSentinel sentinel = await RedisSentinel.StartAsync(primary, "primary-secret");
        await RunsAJobAsync($"127.0.0.1:{sentinel.Port},serviceName=mymaster,password=primary-secret", primary.Port);
    }

    [Fact]
    public async Task CON_5_primary_and_sentinel_with_one_password()
    {
        await using RedisServer primary = await ProtectedAsync("secret");
        await using RedisSentinel sentinel = await RedisSentinel.StartAsync(primary, "secret", "secret");
        await RunsAJobAsync($"127.0.0.1:{sentinel.Port},serviceName=mymaster,password=secret", primary.Port);
    }

    [Fact]
    public async Task CON_5_a_worker_goes_on_after_a_fail_over()
    {
        await using RedisServer primary = await RedisServer.StartAsync();
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await using RedisSentinel sentinel = await RedisSentinel.StartAsync(primary);
        await using RqConnection rq = await RqConnection.ConnectAsync($"127.0.0.1:{sentinel.Port},serviceName=mymaster");
        await using RunningWorker worker = StartWorker(rq);
        Job<int> before = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1));
        (await before.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await Eventually.BecomesAsync(() => rq.Multiplexer.GetServers().Any(server => server.IsReplica), "the replica is known");

        primary.Kill();
        await Eventually.BecomesAsync(() => PortOf(rq) == replica.Port, "the replica has become the primary");
        int sum = await EventuallyRunsAsync(rq);

        sum.ShouldBe(42);
    }

    private static async Task<RedisServer> ProtectedAsync(string password)
    {
        RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        await connection.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", password);
        return server;
    }

    private static async Task RunsAJobAsync(string address, int primaryPort)
    {
        await using RqConnection rq = await RqConnection.ConnectAsync(address);
        PortOf(rq).ShouldBe(primaryPort);
        await using RunningWorker worker = StartWorker(rq);
        await Eventually.BecomesAsync(() => rq.Database.HashExistsAsync(rq.Keys.LeaseWaits, worker.Name), "the worker waits");
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }

    private static async Task<int> EventuallyRunsAsync(RqConnection rq)
    {
        Job<int>? job = null;
        await Eventually.BecomesAsync(
            async () =>
            {
                try
                {
                    job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22));
                    return true;
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    return false;
                }
            },
            "the new primary takes jobs");
        return await job!.WaitForResultAsync(Eventually.Limit);
    }

    private static RunningWorker StartWorker(RqConnection rq) =>
        new(new Worker(["default"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() }));

    private static int PortOf(RqConnection rq) => rq.PrimaryEndpoint().Address switch
    {
        IPEndPoint ip => ip.Port,
        DnsEndPoint dns => dns.Port,
        _ => 0,
    };
}
