using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Workers with a scheduler beside them.</summary>
public class WorkerSchedulerTests
{
    [Theory, OnEachBackend]
    public async Task SCH_3_and_SCH_11_a_worker_moves_the_jobs_of_its_queues_and_says_so(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(["high", "low"], WithScheduler);
        Job<int> job = await world.Queue("low").EnqueueInAsync(TimeSpan.FromSeconds(0.5), () => TestJobs.Add(1, 2));
        Job elsewhere = await world.Queue("elsewhere").EnqueueInAsync(TimeSpan.FromSeconds(0.1), () => TestJobs.Nothing());

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await Eventually.BecomesAsync(async () => (await world.Queue("high").FindSchedulerAsync())?.ProcessId == Environment.ProcessId, "it says who it is");
        string name = (await world.Queue("high").FindSchedulerAsync())!.Name!;
        await worker.StopAsync();

        (await elsewhere.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await ScheduleOf.OwnerAsync(world, "high")).ShouldBeNull();
        (await Scheduler.FindAsync(world.Rq, name)).ShouldBeNull();
        string pid = Environment.ProcessId.ToString();
        string[] lines = [.. world.LogCollector.GetSnapshot().Select(record => record.Message)];
        lines.ShouldContain($"Scheduler for high, low started with PID {pid}");
        lines.ShouldContain("Acquired scheduler lock for high, low");
        lines.ShouldContain("Scheduler stopping, releasing locks for high, low...");
        lines.ShouldContain($"Scheduler with PID {pid} has stopped");
        Microsoft.Extensions.Logging.Testing.FakeLogRecord started = world.LogCollector.GetSnapshot().Single(record => record.Id.Id == 150);
        (started.Level, started.Category).ShouldBe((Microsoft.Extensions.Logging.LogLevel.Information, "rq.scheduler"));
    }

    [Theory, OnEachBackend]
    public async Task SCH_9_a_burst_worker_moves_once_what_is_due(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> due = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Add(1, 2));
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow.AddSeconds(-1), [due]);
        Job later = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing());

        (await world.RunBurstAsync(configure: WithScheduler)).ShouldBe(1);

        (await due.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await ScheduleOf.OwnerAsync(world)).ShouldBeNull();
        (await world.RunBurstAsync()).ShouldBe(0, "without a scheduler it does not look");
    }

    [Theory, OnEachBackend]
    public async Task SCH_9_a_burst_worker_leaves_to_others_what_they_hold(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.SchedulerLock("default"), "4711", TimeSpan.FromMinutes(1));
        Job due = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing());
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow.AddSeconds(-1), [due]);

        (await world.RunBurstAsync(configure: WithScheduler)).ShouldBe(0);

        (await due.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await ScheduleOf.OwnerAsync(world)).ShouldBe("4711");
    }

    [Theory, OnEachBackend]
    public async Task A_stopping_worker_lets_another_schedule_while_its_job_still_runs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        RunningWorker worker = world.StartWorker(configure: WithScheduler);
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Eventually.BecomesAsync(async () => await ScheduleOf.OwnerAsync(world) is not null, "it holds the lock");

        Task stopping = worker.StopAsync();
        await Eventually.BecomesAsync(async () => await ScheduleOf.OwnerAsync(world) is null, "it has let the lock go");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        TestJobs.Gate(gate).Open();
        await stopping;
    }

    [Theory, OnEachBackend]
    public async Task SCH_8_and_S062_a_job_with_a_time_and_a_dependency_waits_for_both(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        string gate = Guid.NewGuid().ToString(), list = Guid.NewGuid().ToString();
        world.StartWorker(configure: WithScheduler);
        world.StartWorker(configure: WithScheduler);
        Job<string> parent = await queue.EnqueueInAsync(TimeSpan.FromSeconds(0.3), () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        Job child = await queue.EnqueueInAsync(TimeSpan.FromSeconds(0.6), () => TestJobs.Note(list, "child"), new JobOptions { DependsOn = [parent] });
        DateTimeOffset due = DateTimeOffset.UtcNow.AddSeconds(4);
        Job late = await queue.EnqueueAtAsync(due, () => TestJobs.Note(list, "late"), new JobOptions { DependsOn = [parent] });
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Eventually.BecomesAsync(() => DateTimeOffset.UtcNow > child.CreatedAt + TimeSpan.FromSeconds(1.5), "the child's time is over");
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);

        TestJobs.Gate(gate).Open();

        await Eventually.BecomesAsync(async () => await late.GetStatusAsync() == JobStatus.Finished, "both children have run");
        TestJobs.Noted(list).ShouldBe(["child", "late"], ignoreOrder: true);
        await child.RefreshAsync();
        await parent.RefreshAsync();
        child.StartedAt.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(parent.EndedAt!.Value);
        late.StartedAt.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(due.AddMilliseconds(-10));
    }

    [Fact]
    public async Task S061_after_a_kill_the_next_one_goes_on_within_seconds()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess old = await WorkerProcess.StartSchedulerAsync("worker", world.Url, "default");
        await Eventually.BecomesAsync(async () => await ScheduleOf.OwnerAsync(world) is not null, "it holds the lock");
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(
            Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 100), new JobOptions { DueIn = TimeSpan.FromHours(1) });

        old.Kill();
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow.AddMinutes(-1), jobs);
        world.StartWorker(configure: WithScheduler);

        // The lock lives for 5 s; ten more are promised, and a busy machine adds some.
        await Eventually.BecomesAsync(async () => await ScheduleOf.CountAsync(world) == 0, "all are queued", TimeSpan.FromSeconds(30));
        await Eventually.BecomesAsync(
            async () => (await Job.FetchManyAsync(jobs.Select(job => job.Id), world.Rq)).All(job => job!.Status == JobStatus.Finished), "all have run");
    }

    [Fact]
    public async Task A_worker_stops_although_the_server_does_not_answer()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        RunningScheduler scheduler = RunningScheduler.Start(rq, world.LogCollector, "default");
        await scheduler.HoldsAsync(rq);
        server.Kill();
        await Eventually.BecomesAsync(() => ScheduleOf.Logged(world, 155).Length > 0, "it has noticed");

        await scheduler.StopAsync();

        ScheduleOf.Logged(world, 155).Length.ShouldBe(1);
        ScheduleOf.Logged(world, 161).Length.ShouldBe(1);
    }

    private static void WithScheduler(WorkerOptions options)
    {
        options.WithScheduler = true;
        options.RegisterCron = false;
    }
}
