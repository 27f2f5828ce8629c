using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Times that come while a job of the schedule still waits or runs.</summary>
public class CronOverlapTests
{
    [Theory, OnEachBackend]
    public async Task S076_an_hour_without_workers(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        foreach ((CronOverlap overlap, string list) in Policies())
            await world.Cron.AddOrUpdateAsync(CronSchedule.For(overlap.ToString(), "* * * * *", () => TestJobs.CountRun(list)) with { Overlap = overlap });
        CronDuty duty = world.Duty();
        var most = Policies().ToDictionary(policy => policy.Overlap, _ => 0);

        for (int minute = 1; minute <= 60; minute++)
        {
            await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:00:30").AddMinutes(minute));
            IReadOnlyList<Job> waiting = await world.JobsAsync();
            foreach (CronOverlap overlap in most.Keys)
                most[overlap] = Math.Max(most[overlap], waiting.Count(job => job.CronName == overlap.ToString()));
        }

        world.Rq.ScriptClock = null;
        await world.World.RunBurstAsync();

        Policies().Select(policy => (policy.Overlap, most[policy.Overlap], TestJobs.Runs(policy.List))).ShouldBe([
            (CronOverlap.Allow, 60, 60), (CronOverlap.Skip, 1, 1), (CronOverlap.QueueOne, 1, 1), (CronOverlap.CancelPrevious, 1, 1)]);
        (await world.EntryAsync("Skip")).SkippedCount.ShouldBe(59);
        // The latest only.
        Job latest = await Job.FetchAsync((await world.EntryAsync("CancelPrevious")).LastJobId!, world.Rq);
        (latest.CronTime, latest.Status).ShouldBe((CronWorld.At("2026-03-02 01:00"), JobStatus.Finished));

        (CronOverlap Overlap, string List)[] Policies() => [.. Enum.GetValues<CronOverlap>().Select(overlap => (overlap, $"{world.Rq.KeyPrefix}{world.World.Url}S076{overlap}"))];
    }

    [Theory, OnEachBackend]
    public async Task One_job_waits_for_the_one_that_runs_whatever_its_end(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        string gate = Guid.NewGuid().ToString();
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("job", "* * * * *", () => OverlapProbe.BlockAndFailAsync(gate)) with { Overlap = CronOverlap.QueueOne });
        world.World.Functions.AddAssemblyOf<CronOverlapTests>();
        CronDuty duty = world.Duty();
        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:01:01"));
        RunningWorker worker = world.World.StartWorker(configure: options => options.Concurrency = 4);
        await TestJobs.Gate(gate).HasEnteredAsync();

        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:05:01"));

        CronEntry entry = await world.EntryAsync("job");
        (entry.EnqueuedCount, entry.SkippedCount, entry.LastTime).ShouldBe((2, 3, CronWorld.At("2026-03-02 00:02")));
        Job second = await Job.FetchAsync(entry.LastJobId!, world.Rq);
        second.Status.ShouldBe(JobStatus.Deferred);
        TestJobs.Gate(gate).Open();
        await Eventually.BecomesAsync(async () => await second.GetStatusAsync() == JobStatus.Failed, "the second one has run, although the first one failed");
        await worker.StopAsync();
        (await world.EntryAsync("job")).LastOutcome.ShouldBe(JobStatus.Failed);
    }

    [Theory, OnEachBackend]
    public async Task A_new_job_takes_the_place_of_those_before(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        string gate = Guid.NewGuid().ToString();
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("job", "* * * * *", () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None)) with { Overlap = CronOverlap.CancelPrevious });
        CronDuty duty = world.Duty();
        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:01:01"));
        RunningWorker worker = world.World.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        string first = (await world.EntryAsync("job")).LastJobId!;

        world.Now = CronWorld.At("2026-03-02 00:02:01");
        await CronWorld.RunAsync(duty);
        string second = (await world.EntryAsync("job")).LastJobId!;

        await Eventually.BecomesAsync(async () => await (await Job.FetchAsync(first, world.Rq)).GetStatusAsync() == JobStatus.Stopped, "the first one is told to stop");
        await Eventually.BecomesAsync(async () => await (await Job.FetchAsync(second, world.Rq)).GetStatusAsync() == JobStatus.Started, "the second one runs then");
        TestJobs.Gate(gate).Open();
        await worker.StopAsync();
    }

    [Theory, OnEachBackend]
    public async Task S077_runs_do_not_overlap_and_a_failed_one_holds_up_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<CronOverlapTests>();
        string list = Guid.NewGuid().ToString();
        await world.Rq.Cron.AddOrUpdateAsync(CronSchedule.Every("job", TimeSpan.FromSeconds(1), () => OverlapProbe.RunAsync(list)) with { Overlap = CronOverlap.Skip });
        for (int n = 0; n < 4; n++)
            world.StartWorker();

        await RunSchedulerAsync(world, () => OverlapProbe.Runs(list) >= 4);

        OverlapProbe.MostAtOnce(list).ShouldBe(1);
        CronEntry entry = (await world.Rq.Cron.FindAsync("job"))!;
        entry.SkippedCount.ShouldBeGreaterThan(0);
        OverlapProbe.Failures(list).ShouldBeGreaterThan(0, "some of them threw, and the next time was run");
    }

    [Fact]
    public async Task S077_after_the_kill_of_the_worker_the_next_run_starts()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        CronSchedule schedule = CronSchedule.Every("job", TimeSpan.FromSeconds(1), () => ProcessJobs.CountAndWaitAsync("S077", null!)) with
        {
            Overlap = CronOverlap.Skip, Options = new JobOptions { OnAbandoned = AbandonedJob.Fail, Timeout = TimeSpan.FromHours(1) },
        };
        await world.Rq.Cron.AddOrUpdateAsync(schedule);
        await using WorkerProcess victim = await WorkerProcess.StartAsync(world.Url);
        Job? first = null;
        await RunSchedulerAsync(world, async () => (first = await LastAsync(world))?.Status == JobStatus.Started);

        victim.Kill();
        await using WorkerProcess heir = await WorkerProcess.StartAsync(world.Url);
        await RunSchedulerAsync(world, async () => await LastAsync(world) is { Status: JobStatus.Started } last && last.Id != first!.Id);

        (await first!.GetStatusAsync()).ShouldBe(JobStatus.Failed);
    }

    private static async Task<Job?> LastAsync(TestWorld world) =>
        (await world.Rq.Cron.FindAsync("job"))?.LastJobId is { } id ? (await Job.FetchManyAsync([id], world.Rq))[0] : null;

    private static Task RunSchedulerAsync(TestWorld world, Func<bool> isOver) => RunSchedulerAsync(world, () => Task.FromResult(isOver()));

    /// <summary>Runs the schedules by the real clock.</summary>
    private static async Task RunSchedulerAsync(TestWorld world, Func<Task<bool>> isOver)
    {
        var duty = new CronDuty(new SchedulerIdentity(world.Rq, Guid.NewGuid().ToString("N"), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance), null);
        await Eventually.BecomesAsync(async () =>
        {
            await duty.PassAsync(CancellationToken.None);
            return await isOver();
        }, "the schedules have run so far");
        await duty.ReleaseAsync();
    }
}
