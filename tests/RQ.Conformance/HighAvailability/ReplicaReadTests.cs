using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>A replica may not have heard yet of what was just written, so nobody reads from it, not even while the primary is away.</summary>
public sealed class ReplicaReadTests
{
    [Fact]
    public async Task Nothing_is_read_from_a_replica_while_the_primary_is_away()
    {
        await using RedisServer primary = await RedisServer.StartAsync();
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await using RqConnection rq = await RqConnection.ConnectAsync($"127.0.0.1:{primary.Port},127.0.0.1:{replica.Port}", Serving.Impatient());
        var queue = new Queue("default", rq);
        Job<int> job = await queue.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { Group = "together" });
        await Eventually.BecomesAsync(() => (long)RedisCluster.Ask(primary, "WAIT", 1, 1000) == 1, "the replica has everything");
        await Eventually.BecomesAsync(() => rq.Multiplexer.GetServers().Any(server => server.IsReplica && server.IsConnected), "the replica is known");

        primary.Kill();
        await Eventually.BecomesAsync(() => rq.Multiplexer.GetServers().All(server => server.IsReplica || !server.IsConnected), "the primary is gone");

        Task[] reads =
        [
            queue.CountAsync(), queue.GetJobIdsAsync(), queue.GetJobsAsync(), Queue.AllAsync(rq), queue.FetchJobAsync(job.Id), queue.GetPositionAsync(job),
            job.RefreshAsync(), job.GetStatusAsync(), job.GetResultsAsync(), job.GetLogAsync(), Job.ExistsAsync(job.Id, rq),
            queue.Finished.CountAsync(), Worker.AllAsync(rq), Worker.CountAsync(rq), Worker.AreSuspendedAsync(rq), queue.IsPausedAsync(), rq.Cron.ListAsync(), Group.FetchAsync("together", rq),
        ];
        foreach (Task read in reads)
        {
            Exception away = await Should.ThrowAsync<Exception>(() => read);
            (away is RedisException or TimeoutException).ShouldBeTrue(away.ToString());
        }

        // Nor does anything find its own connection there.
        rq.PrimaryEndpoint().Address.ToString().ShouldEndWith($":{primary.Port}");
    }

    [Fact]
    public async Task Losing_the_replica_changes_nothing()
    {
        await using RedisServer primary = await RedisServer.StartAsync();
        await using RedisServer replica = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {primary.Port}");
        await using RqConnection rq = await RqConnection.ConnectAsync($"127.0.0.1:{primary.Port},127.0.0.1:{replica.Port}");
        var log = new Microsoft.Extensions.Logging.Testing.FakeLogCollector();
        await using RunningWorker worker = Serving.StartWorker(rq, log: log);
        var queue = new Queue("default", rq);
        await (await queue.EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);

        replica.Kill();
        await Eventually.BecomesAsync(() => rq.Multiplexer.GetServers().Any(server => !server.IsConnected), "the replica is gone");

        for (int i = 0; i < 20; i++)
            (await (await queue.EnqueueAsync(() => TestJobs.Add(i, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(i + 1);
        log.GetSnapshot().ShouldNotContain(record => record.IsWarning());
    }
}
