using System.Diagnostics;
using Microsoft.Extensions.Logging.Testing;
using RQ.Conformance.HighAvailability;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>The beats of executions, and from when on a worker judges others by theirs.</summary>
public class HeartbeatTests
{
    [Fact]
    public async Task A_beat_that_failed_is_repeated_at_once()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        // Nothing but the beats of executions writes to keys that begin so.
        RedisCluster.Ask(server, "ACL", "SETUSER", "default", "resetkeys", "%R~*", "~rq:[^e]*");
        var log = new FakeLogCollector();
        await using RunningWorker worker = Serving.StartWorker(rq, ["default"], log, options => options.MonitoringInterval = TimeSpan.FromHours(1));
        string gate = Guid.NewGuid().ToString(), id = Guid.NewGuid().ToString();
        Job<string> job = await new Queue("default", rq).EnqueueAsync(
            () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Id = id, Timeout = TimeSpan.FromHours(3) });
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Eventually.BecomesAsync(() => log.GetSnapshot().Any(record => record.Message.Contains("heartbeat failed")), "a beat has failed");

        RedisCluster.Ask(server, "ACL", "SETUSER", "default", "allkeys");

        await Eventually.BecomesAsync(async () => await rq.Database.SortedSetLengthAsync(rq.Keys.Executions(id)) == 1, "it beats");
        TestJobs.Gate(gate).Open();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
    }

    [Theory]
    [InlineData(30, 180, 0, 30)]
    [InlineData(30, 180, 500, 30)]
    [InlineData(1, 180, 0, 1)]
    [InlineData(120, 600, 0, 120)]
    [InlineData(120, 180, 170, 40)]
    [InlineData(120, 180, 500, 30)]
    [InlineData(3600, -1, 500, 3600)]
    public void The_next_beat_comes_well_before_the_execution_counts_as_abandoned(int interval, int timeout, int elapsed, int expected)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var job = JobHash.Read("a", RedisResult.Create(new RedisValue[] { "timeout", timeout }));
        var execution = new Execution("e", "default", "w", job, now - TimeSpan.FromSeconds(elapsed));

        Extend.NextAfter(execution, now, TimeSpan.FromSeconds(interval)).ShouldBe(TimeSpan.FromSeconds(expected));
    }

    [Fact]
    public async Task A_worker_that_has_just_started_judges_when_a_lease_time_has_passed()
    {
        // The other half minute is for the time after a stall, which may be this machine's.
        TimeSpan limit = WorkerRecord.LeaseTime + TimeSpan.FromSeconds(30), took = limit;
        for (int attempt = 0; attempt < 3 && took >= limit; attempt++)
        {
            await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
            Job job = await PythonState.StartedAsync(world, null);
            long began = Stopwatch.GetTimestamp();
            world.StartWorker(["default"], options => options.LeftoversInterval = TimeSpan.FromSeconds(1));
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it is found dead");
            took = Stopwatch.GetElapsedTime(began);
        }

        took.ShouldBeLessThan(limit);
    }
}
