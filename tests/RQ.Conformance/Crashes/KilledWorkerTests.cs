using System.Diagnostics;
using RQ.Conformance.Connections;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>Real worker processes, killed with real signals. Runs alone, because recovery is timed.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Kills")]
public class KilledWorkerTests
{
    /// <summary>
    /// Ten seconds are promised. One that stood still for two of them itself judges nobody for the time of a lease more, as it must, so a busy machine adds some; the limit of the waits
    /// is wider, so that a slow machine shows as a slow recovery, not as a lost job.
    /// </summary>
    internal static readonly TimeSpan Promised = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Jobs_of_a_worker_killed_in_the_middle_run_again_within_ten_seconds()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess survivor = await WorkerProcess.StartAsync(world.Url, "--name", "survivor", "idle", "default", "--concurrency", "8");
        await using WorkerProcess victim = await WorkerProcess.StartAsync(world.Url, "--concurrency", "8", "busy");
        await SurvivorJudgesAsync(world);
        string key = Guid.NewGuid().ToString("N");
        Job<string> job = await world.Queue("busy").EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(key, null!));
        Job failing = await world.Queue("busy").EnqueueAsync(
            () => ProcessJobs.CountAndWaitAsync(key + "-fail", null!), new JobOptions { OnAbandoned = AbandonedJob.Fail });
        await Eventually.BecomesAsync(
            async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1 && await ProcessJobs.RunsAsync(world.Rq, key + "-fail") == 1, "both jobs run");

        long killed = Stopwatch.GetTimestamp();
        victim.Kill();

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is back on its queue");
        Stopwatch.GetElapsedTime(killed).ShouldBeLessThan(Promised);
        (await world.Queue("busy").GetJobIdsAsync()).ShouldBe([job.Id]);
        await Eventually.BecomesAsync(async () => await failing.GetStatusAsync() == JobStatus.Failed, "the other is failed, as it asked for");
        (await failing.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("due to AbandonedJobError");
        await Eventually.BecomesAsync(async () => await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Leases) == 1, "the dead worker is buried");
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("busy"))).ShouldBe(0);

        await ProcessJobs.OpenGateAsync(world.Rq, key);
        await world.RunBurstAsync(["busy"]);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(2);
    }

    [Fact]
    public async Task S011_a_job_of_a_worker_killed_right_after_the_pop_is_not_lost()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess survivor = await WorkerProcess.StartAsync(world.Url, "--name", "survivor", "idle");
        await using WorkerProcess victim = await WorkerProcess.StartAsync(world.Url, "--name", "victim", "a", "b");
        await SurvivorJudgesAsync(world);
        string key = Guid.NewGuid().ToString("N");

        await WaitsForLongAsync(world, "victim", 2);
        // The frozen worker's pop still waits on the server; its take, right behind, names a script that the server has forgotten.
        victim.Freeze();
        await ForgetScriptsAsync(world);
        Job job = await world.Queue("b").EnqueueAsync(() => ProcessJobs.CountAsync(key, null!));
        (await world.Rq.Database.ListRangeAsync(world.Rq.Keys.Claims("victim", "b"))).ShouldBe([(RedisValue)job.Id]);
        long killed = Stopwatch.GetTimestamp();
        victim.Kill();

        await Eventually.BecomesAsync(async () => await world.Queue("b").CountAsync() == 1, "the job is back on its queue");
        Stopwatch.GetElapsedTime(killed).ShouldBeLessThan(Promised);
        await world.RunBurstAsync(["b"]);
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(1);
    }

    [Fact]
    public async Task A_frozen_worker_that_comes_back_overwrites_nothing()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess survivor = await WorkerProcess.StartAsync(world.Url, "--name", "survivor", "--concurrency", "2", "idle");
        await using WorkerProcess frozen = await WorkerProcess.StartAsync(world.Url, "--name", "frozen", "busy");
        await SurvivorJudgesAsync(world);
        string key = Guid.NewGuid().ToString("N");
        Job<string> job = await world.Queue("busy").EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(key, null!));
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1, "the job runs");

        frozen.Freeze();
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is back on its queue");
        RunningWorker second = world.StartWorker(["busy"]);
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 2, "the job runs elsewhere");
        frozen.Thaw();
        await Eventually.BecomesAsync(() => frozen.Output.Contains("registered again"), "the frozen worker is back");
        await ProcessJobs.OpenGateAsync(world.Rq, key);

        await job.WaitForResultAsync(Eventually.Limit);
        await job.RefreshAsync();
        job.WorkerName.ShouldBe(second.Name);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_frozen_worker_that_comes_back_starts_nothing_that_was_recovered_meanwhile()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess survivor = await WorkerProcess.StartAsync(world.Url, "--name", "survivor", "idle");
        await using WorkerProcess frozen = await WorkerProcess.StartAsync(world.Url, "--name", "frozen", "busy");
        await SurvivorJudgesAsync(world);
        string key = Guid.NewGuid().ToString("N");

        await WaitsForLongAsync(world, "frozen", 1);
        // Its pop still waits on the server, with a take behind it; the answer is read when it goes on.
        frozen.Freeze();
        Job job = await world.Queue("busy").EnqueueAsync(() => ProcessJobs.CountAsync(key, null!));
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is back on its queue");
        await world.RunBurstAsync(["busy"]);
        frozen.Thaw();
        Job next = await world.Queue("busy").EnqueueAsync(() => ProcessJobs.CountAsync(key + "-next", null!));
        await next.WaitForResultAsync(Eventually.Limit);

        await next.RefreshAsync();
        next.WorkerName.ShouldBe("frozen");
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(1);
    }

    [Fact]
    public async Task A_worker_whose_thread_pool_is_starved_is_not_taken_for_dead()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess observer = await WorkerProcess.StartAsync(world.Url, "--name", "survivor", "idle");
        await using WorkerProcess starved = await WorkerProcess.StartAsync(world.Url, "busy");
        await SurvivorJudgesAsync(world);
        string key = Guid.NewGuid().ToString("N");

        Job job = await world.Queue("busy").EnqueueAsync(() => ProcessJobs.StarveThreadPoolAsync(key, null!));
        await job.WaitForResultAsync(Eventually.Limit);

        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(1);
        observer.Output.ShouldNotContain("found dead");
    }

    [Fact]
    public async Task S014_an_idle_worker_process_ends_at_once_when_told_to()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "default", "other");

        worker.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);

        (await worker.ExitAsync()).ShouldBe(0);
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
    }

    /// <summary>Waits until the pops of a worker, which end after 20 s, have just begun.</summary>
    private static async Task WaitsForLongAsync(TestWorld world, string worker, int queues)
    {
        await using ClientList clients = await ClientList.ConnectAsync(world.Rq);
        await Eventually.BecomesAsync(
            async () => (await clients.WaitsAsync()).Where(client => client.Name == $"{worker}-wait").ToArray() is var waits && waits.Length == queues && waits.All(client => client.Idle < 10),
            "its waits are fresh");
    }

    private static async Task ForgetScriptsAsync(TestWorld world)
    {
        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync(world.Rq.Multiplexer.Configuration + ",allowAdmin=true");
        await admin.GetServers().Single().ScriptFlushAsync();
    }

    /// <summary>A worker that has just started judges nobody for one lease period; the promise holds for sites that run.</summary>
    private static async Task SurvivorJudgesAsync(TestWorld world)
    {
        await Transitions.Leases.IsRenewedAsync(world.Rq, "survivor", times: 5);
    }
}
