using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>What a scheduler does with scheduled jobs.</summary>
public class SchedulerTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Theory, OnEachBackend]
    public async Task SCH_1_and_SCH_2_due_jobs_are_queued_in_their_order_and_others_are_not(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job first = await queue.EnqueueInAsync(TimeSpan.FromSeconds(1.5), s_nothing);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Job second = await queue.EnqueueAtAsync(now.AddSeconds(2.5), s_nothing);
        Job later = await queue.EnqueueAtAsync(now.AddHours(1), s_nothing);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");

        await Eventually.BecomesAsync(async () => await queue.CountAsync() == 2, "two jobs are queued");

        (await queue.GetJobIdsAsync()).ShouldBe([first.Id, second.Id]);
        (await second.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        second.EnqueuedAt.ShouldNotBeNull().ShouldBeGreaterThan(now.AddSeconds(2.4));
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
    }

    [Theory, OnEachBackend]
    public async Task A_sleeping_scheduler_is_woken_by_the_first_job_of_a_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var heard = new List<string>();
        ISubscriber subscriber = world.Rq.Multiplexer.GetSubscriber();
        await subscriber.SubscribeAsync(RedisChannel.Literal(world.Rq.Keys.SchedulerWake), (_, message) =>
        {
            lock (heard)
                heard.Add((string)message!);
        });
        Queue queue = world.Queue("a:b c");
        await queue.EnqueueInAsync(TimeSpan.FromHours(2), s_nothing);
        await queue.EnqueueInAsync(TimeSpan.FromHours(3), s_nothing);
        await queue.EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);

        await Eventually.BecomesAsync(() => heard.Count >= 2, "the messages have come");
        heard.ShouldBe(["a:b c", "a:b c"], "nobody needs to know of the job in the middle");
    }

    [Theory, OnEachBackend]
    public async Task SCH_4_one_scheduler_at_a_time_serves_a_queue_and_another_goes_on_when_it_leaves(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        await using RunningScheduler first = RunningScheduler.Start(world, "default");
        await first.HoldsAsync(world.Rq);
        await using RunningScheduler second = RunningScheduler.Start(world, "default", "other");
        await second.HoldsAsync(world.Rq, "other");
        (await ScheduleOf.OwnerAsync(world, "default")).ShouldBe(first.Name);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.SchedulerLock("default"))).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(0, 5);

        await first.StopAsync();

        await second.HoldsAsync(world.Rq);
        Job job = await queue.EnqueueInAsync(TimeSpan.FromSeconds(0.2), s_nothing);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is queued");
        (await Scheduler.FindAsync(world.Rq, first.Name)).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task SCH_5_a_job_for_the_front_goes_there(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job first = await queue.EnqueueAsync(s_nothing);
        Job front = await queue.EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing, new JobOptions { AtFront = true });
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");

        await Eventually.BecomesAsync(async () => await queue.CountAsync() == 2, "it is queued");

        (await queue.GetJobIdsAsync()).ShouldBe([front.Id, first.Id]);
    }

    [Theory, OnEachBackend]
    public async Task SCH_6_more_jobs_than_a_bite_are_queued_in_one_go(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Repeat(s_nothing, 2 * Promote.Bite + 100), new JobOptions { DueIn = TimeSpan.FromHours(1) });
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow.AddSeconds(-1), jobs);

        await world.RunBurstAsync(configure: options => (options.WithScheduler, options.MaxJobs) = (true, 1));

        (await ScheduleOf.CountAsync(world)).ShouldBe(0);
        (await world.Queue().CountAsync()).ShouldBe(jobs.Count - 1);
    }

    [Theory, OnEachBackend]
    public async Task SCH_7_canceled_and_deleted_jobs_are_not_queued(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job canceled = await queue.EnqueueInAsync(TimeSpan.FromSeconds(1), s_nothing);
        Job deleted = await queue.EnqueueInAsync(TimeSpan.FromSeconds(1), s_nothing);
        Job kept = await queue.EnqueueInAsync(TimeSpan.FromSeconds(1.1), s_nothing);
        await canceled.CancelAsync();
        await deleted.DeleteAsync();
        (await ScheduleOf.CountAsync(world)).ShouldBe(1);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");

        await Eventually.BecomesAsync(async () => await queue.CountAsync() > 0, "a job is queued");

        (await queue.GetJobIdsAsync()).ShouldBe([kept.Id]);
        (await canceled.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task Jobs_of_a_queue_that_was_deleted_are_queued_when_they_are_due(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue ours = world.Queue("ours"), pythons = world.Queue("pythons");
        Job later = await ours.EnqueueInAsync(TimeSpan.FromHours(1), s_nothing), other = await pythons.EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);
        await ours.DeleteAsync();
        await using RunningScheduler scheduler = RunningScheduler.Start(world);
        await scheduler.HoldsAsync(world.Rq, "ours");
        await scheduler.HoldsAsync(world.Rq, "pythons");

        // As Python deletes a queue.
        await world.Rq.Database.SetRemoveAsync(world.Rq.Keys.Queues, world.Rq.Keys.Queue("pythons"));

        await Eventually.BecomesAsync(async () => (await Queue.AllAsync(world.Rq)).Any(queue => queue.Name == "pythons"), "it is listed again");
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow, [later], "ours");
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow, [other], "pythons");
        await Eventually.BecomesAsync(async () => await ours.CountAsync() == 1 && await pythons.CountAsync() == 1, "both are queued");
    }

    [Theory, OnEachBackend]
    public async Task SCH_10_the_schedule_is_read_and_jobs_are_moved_in_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(1);
        Job a = await queue.EnqueueAtAsync(due, s_nothing);
        Job b = await queue.EnqueueAtAsync(due.AddMilliseconds(500), s_nothing);
        (await queue.Scheduled.GetTimeAsync(a.Id))!.Value.ShouldBe(due, TimeSpan.FromMilliseconds(1));
        (await queue.Scheduled.GetTimeAsync("no such job")).ShouldBeNull();
        (await queue.Scheduled.GetExpiredJobIdsAsync(due.AddMilliseconds(-1))).ShouldBeEmpty();
        (await queue.Scheduled.GetExpiredJobIdsAsync(due.AddMilliseconds(1))).ShouldBe([a.Id]);
        (await queue.Scheduled.GetExpiredJobIdsAsync(due.AddHours(1))).ShouldBe([a.Id, b.Id]);
        (await queue.Scheduled.GetExpiredJobIdsAsync(due.AddHours(1), count: 1)).ShouldBe([a.Id]);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");
        await scheduler.HoldsAsync(world.Rq);

        await queue.Scheduled.ScheduleAsync(b, due.AddHours(2));
        (await queue.Scheduled.GetJobIdsAsync(newestFirst: false)).ShouldBe([a.Id, b.Id]);
        await b.RescheduleAsync(DateTimeOffset.UtcNow.AddSeconds(-1));

        await Eventually.BecomesAsync(async () => await b.GetStatusAsync() == JobStatus.Queued, "it is due at once");
        (await a.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        InvalidJobOperationException tooLate = await Should.ThrowAsync<InvalidJobOperationException>(b.RescheduleAsync(due));
        tooLate.Message.ShouldBe($"Job '{b.Id}' cannot be rescheduled: it is queued, and only scheduled and deferred jobs have a time that can be moved.");
        await Should.ThrowAsync<InvalidJobOperationException>(() => world.Queue("other").Scheduled.ScheduleAsync(a, due));
        await Should.ThrowAsync<InvalidJobOperationException>(() => queue.Failed.ScheduleAsync(a, due));
        await Should.ThrowAsync<JobNotFoundException>(() => queue.Scheduled.ScheduleAsync("no-such-job", due));
    }

    [Theory, OnEachBackend]
    public async Task A_move_that_is_sent_twice_is_done_once_also_when_the_job_was_queued_between(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);
        DateTimeOffset due = DateTimeOffset.UtcNow.AddSeconds(-1);
        await Reschedule.ExecuteAsync(world.Rq, job.Id, due, "default", "token");
        (await Promote.ExecuteAsync(world.Rq, "default")).Promoted.ShouldBe(1);

        await Reschedule.ExecuteAsync(world.Rq, job.Id, due, "default", "token");

        (await ScheduleOf.CountAsync(world)).ShouldBe(0);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id]);
        await Should.ThrowAsync<InvalidJobOperationException>(() => Reschedule.ExecuteAsync(world.Rq, job.Id, due, "default", "another"));
    }

    [Theory, OnEachBackend]
    public async Task The_time_of_a_scheduled_job_keeps_its_microseconds(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        DateTimeOffset due = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()).AddTicks(1_234_560);
        Job parent = await queue.EnqueueAsync(s_nothing);
        Job job = await queue.EnqueueAtAsync(due, s_nothing);
        Job child = await queue.EnqueueAtAsync(due, s_nothing, new JobOptions { DependsOn = [parent] });
        await world.RunBurstAsync();

        (await queue.Scheduled.GetTimeAsync(job.Id)).ShouldNotBeNull().ShouldBe(due, TimeSpan.FromMicroseconds(2));
        (await queue.Scheduled.GetTimeAsync(child.Id)).ShouldNotBeNull().ShouldBe(due, TimeSpan.FromMicroseconds(2));
    }

    [Theory, OnEachBackend]
    public async Task A_deferred_job_can_be_given_a_time(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job parent = await queue.EnqueueAsync(s_nothing);
        Job child = await queue.EnqueueAsync(s_nothing, new JobOptions { DependsOn = [parent] });

        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(1);
        await child.RescheduleAsync(due);
        await world.RunBurstAsync();

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await queue.Scheduled.GetTimeAsync(child.Id))!.Value.ShouldBe(due, TimeSpan.FromMilliseconds(1));
    }

    [Theory, OnEachBackend]
    public async Task SCH_12_and_QUE_15_a_scheduler_says_who_it_is(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
        (await world.Queue().FindSchedulerAsync()).ShouldBeNull();
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default", "other");
        await scheduler.HoldsAsync(world.Rq);

        SchedulerInfo info = (await Scheduler.FindAsync(world.Rq, scheduler.Name)).ShouldNotBeNull();
        info.Name.ShouldBe(scheduler.Name);
        info.ProcessId.ShouldBe(Environment.ProcessId);
        info.HostName.ShouldBe(System.Net.Dns.GetHostName());
        info.Queues.Order().ShouldBe(["default", "other"]);
        info.CreatedAt.ShouldNotBeNull().ShouldBeGreaterThan(before);
        DateTimeOffset beat = info.LastHeartbeat.ShouldNotBeNull();
        (await world.Queue("other").FindSchedulerAsync()).ShouldNotBeNull().ProcessId.ShouldBe(Environment.ProcessId);
        await Eventually.BecomesAsync(async () => (await Scheduler.FindAsync(world.Rq, scheduler.Name))!.LastHeartbeat > beat, "it beats");
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Scheduler(scheduler.Name))).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(30, 61);

        await scheduler.StopAsync();
        (await Scheduler.FindAsync(world.Rq, scheduler.Name)).ShouldBeNull();
        (await world.Queue().FindSchedulerAsync()).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task QUE_15_of_schedulers_of_python_before_2_10_the_process_is_known(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.SchedulerLock("default"), "4711");
        SchedulerInfo old = (await world.Queue().FindSchedulerAsync()).ShouldNotBeNull();
        (old.Name, old.ProcessId, old.Queues.Single()).ShouldBe((null, 4711, "default"));

        await world.Rq.Database.StringSetAsync(world.Rq.Keys.SchedulerLock("default"), "0123456789abcdef0123456789abcdef");
        SchedulerInfo unknown = (await world.Queue().FindSchedulerAsync()).ShouldNotBeNull();
        (unknown.Name, unknown.ProcessId, unknown.Queues.Single()).ShouldBe(("0123456789abcdef0123456789abcdef", null, "default"));
    }

    [Theory, OnEachBackend]
    public async Task A_scheduler_of_all_queues_finds_those_that_come_later(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue("old").EnqueueAsync(s_nothing);
        await using RunningScheduler scheduler = RunningScheduler.Start(world);
        await scheduler.HoldsAsync(world.Rq, "old");

        Job job = await world.Queue("new").EnqueueInAsync(TimeSpan.FromSeconds(0.5), s_nothing);

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is queued");
        (await ScheduleOf.OwnerAsync(world, "new")).ShouldBe(scheduler.Name);
    }

    [Theory, OnEachBackend]
    public async Task Rate_limited_and_retried_jobs_go_through_the_schedule(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Job<int> limited = await world.Queue().EnqueueInAsync(
            TimeSpan.FromSeconds(0.3), () => TestJobs.Add(1, 2), new JobOptions { RateLimit = new RateLimit("k", 1) });
        Job retried = await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "x"), new JobOptions { Retry = new Retry(1, TimeSpan.FromSeconds(1)) });
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");
        world.StartWorker();

        (await limited.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await Eventually.BecomesAsync(async () => await retried.GetStatusAsync() == JobStatus.Finished, "the second attempt has finished");
        TestJobs.Noted(list).ShouldBe(["x", "x"]);
    }

    [Fact]
    public async Task It_runs_once_and_says_what_it_cannot_be()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        var scheduler = new Scheduler(["default"], world.Rq, new SchedulerOptions { RunsCron = false });
        await scheduler.RunAsync(new CancellationToken(canceled: true));

        (await Should.ThrowAsync<InvalidOperationException>(() => scheduler.RunAsync())).Message
            .ShouldBe($"Scheduler '{scheduler.Name}' has been run already. Make a new one for each run.");
        Should.Throw<ArgumentException>(() => new Scheduler([""], world.Rq));
        Should.Throw<ArgumentException>(() => new Scheduler([], world.Rq, new SchedulerOptions { RunsCron = false }))
            .Message.ShouldStartWith("A scheduler without queues has nothing to do");
        _ = new Scheduler([], world.Rq);
    }
}
