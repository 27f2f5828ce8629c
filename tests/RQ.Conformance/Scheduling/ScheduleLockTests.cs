using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>The right to move a queue's scheduled jobs: RQ's lock.</summary>
public class ScheduleLockTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Theory, OnEachBackend]
    public async Task S052_and_S053_who_does_not_hold_the_lock_any_more_changes_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Repeat(s_nothing, 10), new JobOptions { DueIn = TimeSpan.FromHours(1) });
        await ScheduleOf.MoveAsync(world, DateTimeOffset.UtcNow.AddSeconds(-1), jobs);
        (await HoldAsync(world, "first")).State.ShouldBe(ScheduleLocks.LockState.Taken);
        (await HoldAsync(world, "first")).State.ShouldBe(ScheduleLocks.LockState.Held);
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.SchedulerLock("default"), TimeSpan.FromMinutes(1));

        ScheduleLocks.Holding foreign = await HoldAsync(world, "second");
        foreign.State.ShouldBe(ScheduleLocks.LockState.Foreign);
        foreign.FreeIn.ShouldNotBeNull().TotalSeconds.ShouldBeInRange(0, 60);
        (await Promote.ExecuteAsync(world.Rq, "default", "second")).IsOwner.ShouldBeFalse();
        (await ScheduleOf.CountAsync(world)).ShouldBe(10);

        // The first one stood still for longer than its lock lives.
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.SchedulerLock("default"));
        (await Promote.ExecuteAsync(world.Rq, "default", "first")).IsOwner.ShouldBeFalse("nobody holds it");
        (await HoldAsync(world, "second")).IsOurs.ShouldBeTrue();
        (await Promote.ExecuteAsync(world.Rq, "default", "first")).ShouldBeSameAs(Promote.Answer.Lost);
        await ScheduleLocks.LetGoAsync(world.Rq, "first", ["default"]);
        (await ScheduleOf.OwnerAsync(world, "default")).ShouldBe("second");
        (await Promote.ExecuteAsync(world.Rq, "default", "second")).Promoted.ShouldBe(10);
        (await world.Queue().CountAsync()).ShouldBe(10);
    }

    [Theory, OnEachBackend]
    public async Task A_bite_renews_the_lock(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await HoldAsync(world, "first");
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.SchedulerLock("default"), TimeSpan.FromMinutes(1));

        await Promote.ExecuteAsync(world.Rq, "default", "first");

        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.SchedulerLock("default"))).ShouldNotBeNull().TotalSeconds.ShouldBeLessThanOrEqualTo(5);
    }

    [Theory, OnEachBackend]
    public async Task What_is_wrong_with_one_queues_keys_stops_no_other(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        // The embedded server finds no text in a list, and writes one over it.
        int broken = backend == Backend.Redis ? 2 : 1;
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.SchedulerLock("a"), "no lock");
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Scheduled("b"), "no schedule");
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Queue("c"), "no list");
        Job stuck = await world.Queue("c").EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing);
        Job good = await world.Queue("d").EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "a", "b", "c", "d");

        await Eventually.BecomesAsync(async () => await good.GetStatusAsync() == JobStatus.Queued, "the good job is queued");
        await Eventually.BecomesAsync(() => ScheduleOf.Logged(world, 158).Length == 1 && ScheduleOf.Logged(world, 159).Length == broken, "each is told of");
        Job another = await world.Queue("d").EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing);
        await Eventually.BecomesAsync(async () => await another.GetStatusAsync() == JobStatus.Queued, "the next one is queued");
        (await stuck.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);

        await world.Rq.Database.KeyDeleteAsync([world.Rq.Keys.SchedulerLock("a"), world.Rq.Keys.Scheduled("b"), world.Rq.Keys.Queue("c")]);
        await Eventually.BecomesAsync(async () => await stuck.GetStatusAsync() == JobStatus.Queued, "it is queued as soon as it can be");
        await scheduler.HoldsAsync(world.Rq, "a");
        (ScheduleOf.Logged(world, 158).Length, ScheduleOf.Logged(world, 159).Length).ShouldBe((1, broken), "told once");
    }

    [Theory, OnEachBackend]
    public async Task A_lock_that_was_taken_away_is_taken_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");
        await scheduler.HoldsAsync(world.Rq);

        // As a scheduler of Python RQ 1.13 does to all its queues when it stops.
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.SchedulerLock("default"));

        await scheduler.HoldsAsync(world.Rq);
    }

    [Theory, OnEachBackend]
    public async Task A_lock_that_runs_out_is_taken_by_whoever_stands_by(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.SchedulerLock("default"), "a dead one", TimeSpan.FromSeconds(2));
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");

        await scheduler.HoldsAsync(world.Rq);

        await Eventually.BecomesAsync(() => ScheduleOf.Logged(world, 151) is ["Acquired scheduler lock for default"], "it says so");
    }

    [Theory, OnEachBackend]
    public async Task A_lock_that_never_runs_out_is_told_of_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string stuck = world.Rq.Keys.SchedulerLock("a");
        await world.Rq.Database.StringSetAsync(stuck, "4711");
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "a", "b");
        for (int n = 0; n < 3; n++)
        {
            Job good = await world.Queue("b").EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing);
            await Eventually.BecomesAsync(async () => await good.GetStatusAsync() == JobStatus.Queued, "the other queue has its passes");
        }

        ScheduleOf.Logged(world, 164).ShouldBe([
            $"Scheduler {scheduler.Name}: the lock of queue a is another's and never runs out, so it may be that nobody moves the queue's scheduled jobs. " +
            $"Unless its holder runs, remove the key {stuck}"]);

        await world.Rq.Database.KeyDeleteAsync(stuck);
        await scheduler.HoldsAsync(world.Rq, "a");
    }

    [Theory, OnEachBackend]
    public async Task Many_queues_are_held_in_bites(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] queues = [.. Enumerable.Range(0, 450).Select(n => $"q{n:d3}")];
        (await ScheduleLocks.HoldAsync(world.Rq, "me", queues, [])).Select(holding => holding.Queue).ShouldBe(queues);
        Job job = await world.Queue("q449").EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);

        IReadOnlyList<ScheduleLocks.Holding> again = await ScheduleLocks.HoldAsync(world.Rq, "me", queues, []);

        again.ShouldAllBe(holding => holding.State == ScheduleLocks.LockState.Held);
        again[449].DueIn.ShouldNotBeNull().TotalMinutes.ShouldBeInRange(55, 60);
        await ScheduleLocks.LetGoAsync(world.Rq, "me", queues);
        (await world.Rq.Database.KeyExistsAsync([.. queues.Select(queue => (StackExchange.Redis.RedisKey)world.Rq.Keys.SchedulerLock(queue))])).ShouldBe(0);
    }

    private static async Task<ScheduleLocks.Holding> HoldAsync(TestWorld world, string name) =>
        (await ScheduleLocks.HoldAsync(world.Rq, name, ["default"], []))[0];
}
