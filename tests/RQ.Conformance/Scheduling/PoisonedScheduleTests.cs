using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Entries of a schedule that are no jobs that could be queued.</summary>
public class PoisonedScheduleTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Theory, OnEachBackend]
    public async Task S058_bad_entries_leave_the_schedule_and_the_good_ones_are_queued(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        Queue queue = world.Queue();
        var soon = new JobOptions { DueIn = TimeSpan.FromHours(1) };
        DateTimeOffset past = DateTimeOffset.UtcNow.AddMinutes(-5);
        Job noOrigin = await queue.EnqueueAsync(s_nothing, soon with { Id = "no-origin" });
        await db.HashDeleteAsync(world.Rq.Keys.Job(noOrigin.Id), "origin");
        Job garbage = await queue.EnqueueAsync(s_nothing, soon with { Id = "garbage", Ttl = TimeSpan.FromHours(1) });
        await db.HashSetAsync(world.Rq.Keys.Job(garbage.Id), [new("enqueue_at_front", "banana"), new("ttl", "nan"), new("failure_ttl", "1e5")]);
        Job huge = await queue.EnqueueAsync(s_nothing, soon with { Id = "huge" });
        await db.HashSetAsync(world.Rq.Keys.Job(huge.Id), "data", new byte[1_000_000]);
        Job limited = await queue.EnqueueAsync(s_nothing, soon with { Id = "limited", RateLimit = new RateLimit("broken", 1) });
        await db.StringSetAsync(world.Rq.KeyPrefix + "rl:broken:rate_limited", "no sorted set");
        await db.StringSetAsync(world.Rq.Keys.Job("no-hash"), "a string");
        Job moved = await world.Queue("other").EnqueueAsync(s_nothing, soon with { Id = "of-other-queue" });
        IReadOnlyList<Job> good = await queue.EnqueueManyAsync(Enumerable.Repeat(s_nothing, 100), soon);
        foreach (string id in new[] { "missing", "no-hash", noOrigin.Id, garbage.Id, huge.Id, limited.Id, moved.Id })
            await db.SortedSetAddAsync(world.Rq.Keys.Scheduled("default"), id, past.ToUnixTimeSeconds() + 0.25);
        await ScheduleOf.MoveAsync(world, past.AddMinutes(1), good);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");

        await Eventually.BecomesAsync(async () => await ScheduleOf.CountAsync(world) == 0, "the schedule is empty");

        (await queue.GetJobIdsAsync()).ShouldBe(["garbage", "huge", .. good.Select(job => job.Id)], ignoreOrder: true);
        (await queue.Failed.GetJobIdsAsync()).ShouldBe(["limited", "no-origin"], ignoreOrder: true);
        (await noOrigin.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        noOrigin.Origin.ShouldBe("default");
        (await noOrigin.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("it names no queue (field origin)");
        (await limited.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await moved.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await ScheduleOf.CountAsync(world, "other")).ShouldBe(1);
        await Eventually.BecomesAsync(() => ScheduleOf.Logged(world, 157).Length >= 4, "each is told of");
        ScheduleOf.Logged(world, 157).Order().ShouldBe(new[]
        {
            $"Scheduler {scheduler.Name}: scheduled job limited of queue default was not queued: a key of its rate limit holds something else; it was failed",
            $"Scheduler {scheduler.Name}: scheduled job missing of queue default was not queued: there is no such job (any more); the entry was removed",
            $"Scheduler {scheduler.Name}: scheduled job no-hash of queue default was not queued: its key holds something else than a job; the entry was removed",
            $"Scheduler {scheduler.Name}: scheduled job no-origin of queue default was not queued: it names no queue (field origin); it was failed",
        });

        Job next = await queue.EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing);
        await Eventually.BecomesAsync(async () => await next.GetStatusAsync() == JobStatus.Queued, "the scheduler lives");
    }

    [Theory, OnEachBackend]
    public async Task Entries_that_python_may_still_write_hold_nothing_up(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        int count = 2 * Promote.Bite + 10;
        await db.SortedSetAddAsync(
            world.Rq.Keys.Scheduled("default"), [.. Enumerable.Range(0, count).Select(n => new SortedSetEntry($"unwritten-{n}", now.ToUnixTimeSeconds() - 20))]);
        Job good = await world.Queue().EnqueueInAsync(TimeSpan.FromSeconds(0.1), s_nothing);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");

        await Eventually.BecomesAsync(async () => await good.GetStatusAsync() == JobStatus.Queued, "the job behind them is queued");
        (await ScheduleOf.CountAsync(world)).ShouldBe(count);
        ScheduleOf.Logged(world, 157).ShouldBeEmpty();

        // One of them is written at last.
        string written = $"unwritten-{Promote.Bite + 5}";
        await db.HashSetAsync(world.Rq.Keys.Job(written), [new("status", "scheduled"), new("origin", "default"), new("data", "x")]);
        await Eventually.BecomesAsync(async () => await world.Queue().CountAsync() == 2, "it is queued");
        (await world.Queue().GetJobIdsAsync()).ShouldBe([good.Id, written]);
    }

    [Theory, OnEachBackend]
    public async Task An_entry_that_was_overdue_when_python_listed_it_is_given_two_seconds_to_be_written(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        RedisKey schedule = world.Rq.Keys.Scheduled("default");
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        world.Rq.ScriptClock = () => now * 1_000_000;
        await db.SortedSetAddAsync(schedule, [new("never", now - 1000), new("later", now - 1000), new("ours", now - 1000.5)]);

        Promote.Answer first = await Promote.ExecuteAsync(world.Rq, "default");
        first.Bad.ShouldBe([new Promote.BadEntry("ours", "gone")]);
        await db.HashSetAsync(world.Rq.Keys.Job("later"), [new("status", "scheduled"), new("origin", "default"), new("data", "x")]);
        (await Promote.ExecuteAsync(world.Rq, "default")).Promoted.ShouldBe(1);
        (await db.SortedSetLengthAsync(schedule)).ShouldBe(1);
        now += 3;

        (await Promote.ExecuteAsync(world.Rq, "default")).Bad.ShouldBe([new Promote.BadEntry("never", "gone")]);
        (await db.SortedSetLengthAsync(schedule)).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task Jobs_that_were_never_queued_and_one_of_another_queue_come_to_this_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        await db.HashSetAsync(world.Rq.Keys.Job("created"), [new("origin", "default"), new("data", "x")]);
        await db.HashSetAsync(world.Rq.Keys.Job("elsewhere"), [new("origin", "other"), new("status", "scheduled"), new("data", "x")]);
        // As create_job leaves them, whose default is "queued", listed by registry.schedule.
        await db.HashSetAsync(world.Rq.Keys.Job("made"), [new("origin", "default"), new("status", "created"), new("data", "x")]);
        await db.HashSetAsync(world.Rq.Keys.Job("unqueued"), [new("origin", "default"), new("status", "queued"), new("enqueued_at", ""), new("data", "x")]);
        foreach (string id in new[] { "created", "elsewhere", "made", "unqueued" })
            await db.SortedSetAddAsync(world.Rq.Keys.Scheduled("default"), id, 1);

        (await Promote.AllAsync(world.Rq, "default", CancellationToken.None)).ShouldBe(4);

        (await world.Queue().GetJobIdsAsync()).ShouldBe(["created", "elsewhere", "made", "unqueued"]);
        (await Job.FetchAsync("elsewhere", world.Rq)).Origin.ShouldBe("default");
    }

    [Theory, OnEachBackend]
    public async Task A_job_whose_id_python_uses_again_is_queued_when_a_pass_comes_between_its_entry_and_its_hash(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        world.Rq.ScriptClock = () => now * 1_000_000;
        string[] earlier = ["finished", "failed", "canceled", "started", "queued"];
        foreach ((int n, string status) in earlier.Index())
        {
            await db.HashSetAsync(world.Rq.Keys.Job(status), [new("status", status), new("origin", "default"), new("enqueued_at", "2026-01-01T00:00:00Z"), new("data", "x")]);
            await db.SortedSetAddAsync(world.Rq.Keys.Scheduled("default"), status, n % 2 == 0 ? now : now - 1000);
        }

        Promote.Answer between = await Promote.ExecuteAsync(world.Rq, "default");
        (between.Promoted, between.Bad.Count).ShouldBe((0, 0));
        (await ScheduleOf.CountAsync(world)).ShouldBe(5);
        foreach (string status in earlier)
            await db.HashSetAsync(world.Rq.Keys.Job(status), "status", "scheduled");

        (await Promote.ExecuteAsync(world.Rq, "default")).Promoted.ShouldBe(5);
        (await world.Queue().GetJobIdsAsync()).ShouldBe(earlier, ignoreOrder: true);
    }

    [Theory, OnEachBackend]
    public async Task An_entry_whose_job_is_elsewhere_leaves_in_the_end_and_is_told_of(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        world.Rq.ScriptClock = () => now * 1_000_000;
        await db.HashSetAsync(world.Rq.Keys.Job("done"), [new("status", "finished"), new("origin", "default"), new("data", "x")]);
        await db.SortedSetAddAsync(world.Rq.Keys.Scheduled("default"), "done", now);
        (await Promote.ExecuteAsync(world.Rq, "default")).Stays.ShouldBe(1);
        now += 61;

        // It was listed in whole seconds, and has its two seconds more.
        (await Promote.ExecuteAsync(world.Rq, "default")).Bad.ShouldBeEmpty();
        now += 3;
        Promote.BadEntry bad = (await Promote.ExecuteAsync(world.Rq, "default")).Bad.ShouldHaveSingleItem();

        bad.JobId.ShouldBe("done");
        bad.Reason.ShouldBe("its job does not wait for that: it is finished; the entry was removed");
        (await ScheduleOf.CountAsync(world)).ShouldBe(0);
        ((string?)await db.HashGetAsync(world.Rq.Keys.Job("done"), "status")).ShouldBe("finished");
        (await world.Queue().CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task A_schedule_of_another_queue_that_is_none_holds_nothing_up(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        await db.HashSetAsync(world.Rq.Keys.Job("a"), [new("origin", "other"), new("status", "scheduled"), new("data", "x")]);
        await db.HashSetAsync(world.Rq.Keys.Job("b"), [new("origin", "default"), new("status", "scheduled"), new("data", "x")]);
        await db.StringSetAsync(world.Rq.Keys.Scheduled("other"), "no schedule");
        await db.SortedSetAddAsync(world.Rq.Keys.Scheduled("default"), [new("a", 1), new("b", 1)]);

        (await Promote.AllAsync(world.Rq, "default", CancellationToken.None)).ShouldBe(2);

        (await world.Queue().GetJobIdsAsync()).ShouldBe(["a", "b"]);
    }

    [Theory, OnEachBackend]
    public async Task Entries_that_have_always_been_due_are_like_others(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        world.Rq.ScriptClock = () => now * 1_000_000;
        await db.HashSetAsync(world.Rq.Keys.Job("good"), [new("origin", "default"), new("status", "scheduled"), new("data", "x")]);
        await db.SortedSetAddAsync(world.Rq.Keys.Scheduled("default"), [new("good", double.NegativeInfinity), new("missing", double.NegativeInfinity)]);

        (await Promote.ExecuteAsync(world.Rq, "default")).Promoted.ShouldBe(1);
        now += 3;

        (await Promote.ExecuteAsync(world.Rq, "default")).Bad.ShouldBe([new Promote.BadEntry("missing", "gone")]);
        (await ScheduleOf.CountAsync(world)).ShouldBe(0);
    }
}
