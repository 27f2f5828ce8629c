using Microsoft.Extensions.Time.Testing;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>What the scheduler that runs the schedules puts right, and what it leaves behind.</summary>
public class CronUpkeepTests
{
    private const int ListedAgain = 185;
    private const int Mended = 186;

    [Theory, OnEachBackend]
    public async Task Schedules_that_are_not_listed_as_due_when_they_are_are_listed_again(Backend backend)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30", options => options.TimeProvider = time);
        Keys keys = world.Rq.Keys;
        foreach (string name in (string[])["a", "b", "paused"])
            await world.Cron.AddOrUpdateAsync(name, "* * * * *", () => TestJobs.Nothing());
        await world.Cron.PauseAsync("paused");
        CronDuty duty = world.Duty();
        await CronWorld.RunAsync(duty);

        // Deleted, or restored in part.
        await world.Rq.Database.KeyDeleteAsync(keys.CronDue);
        await world.Rq.Database.SortedSetAddAsync(keys.CronDue, "b", CronWorld.At("2027-01-01 00:00").ToUnixTimeSeconds());
        time.Advance(TimeSpan.FromSeconds(61));
        await CronWorld.RunAsync(duty);
        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:01:10"));

        (await world.JobsAsync()).Select(job => job.CronName).Order().ShouldBe(["a", "b"]);
        world.Logs.GetSnapshot().Count(record => record.Id.Id == ListedAgain).ShouldBe(1);
        // One that could not be run is looked at again when it was to be.
        await CronSkip.PostponeAsync(world.Rq, "a", TimeSpan.FromSeconds(5));
        world.Now = CronWorld.At("2026-03-02 00:02:10");
        await CronSkip.PostponeAsync(world.Rq, "a", TimeSpan.FromSeconds(5));
        (await CronCheck.ExecuteAsync(world.Rq, ["a", "b", "paused", "none"], CancellationToken.None)).Listed.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task Schedules_that_were_run_or_stored_by_a_clock_that_was_ahead_go_on_from_now(Backend backend)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30", options => options.TimeProvider = time);
        CronSchedule schedule = CronSchedule.For("job", "* * * * *", () => TestJobs.Nothing());
        foreach (string name in (string[])["run", "by-hand", "paused", "same"])
            await world.Cron.AddOrUpdateAsync(schedule with { Name = name });
        CronDuty duty = world.Duty();
        await CronWorld.RunAsync(duty);

        world.Now = CronWorld.At("2027-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("stored", TimeSpan.FromMinutes(1), () => TestJobs.Nothing()));
        await CronWorld.RunAsync(duty);
        await world.Cron.PauseAsync("paused");
        world.Now = CronWorld.At("2026-03-02 00:05:30");

        // Whoever stores it anew, or resumes it, need not wait for the scheduler.
        (await world.Cron.AddOrUpdateAsync(schedule with { Name = "same" })).ShouldBeTrue();
        (await world.Cron.AddOrUpdateAsync(schedule with { Name = "same" })).ShouldBeFalse();
        await world.Cron.UpdateAsync("by-hand", stored => stored with { Queue = "low" });
        await world.Cron.ResumeAsync("paused");
        foreach (string name in (string[])["same", "by-hand", "paused"])
            (await world.EntryAsync(name)).NextTime.ShouldBe(CronWorld.At("2026-03-02 00:06"), name);
        time.Advance(TimeSpan.FromSeconds(61));
        await CronWorld.RunAsync(duty);

        foreach (string name in (string[])["run", "stored"])
            (await world.EntryAsync(name)).NextTime!.Value.ShouldBeInRange(CronWorld.At("2026-03-02 00:06"), CronWorld.At("2026-03-02 00:06:30"), name);
        world.Logs.GetSnapshot().Count(record => record.Id.Id == Mended).ShouldBe(2);
        time.Advance(TimeSpan.FromSeconds(61));
        await CronWorld.RunAsync(duty);
        world.Logs.GetSnapshot().Count(record => record.Id.Id == Mended).ShouldBe(2, "they are in order now");
    }

    [Theory, OnEachBackend]
    public async Task Schedulers_that_were_killed_leave_the_list(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync("job", "0 * * * *", () => TestJobs.Nothing());
        double now = world.Now.ToUnixTimeSeconds();
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.CronSchedulers, [new("killed", now - 121), new("slow", now - 119)]);

        await CronWorld.RunAsync(world.Duty());

        RedisValue[] listed = await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.CronSchedulers);
        (listed.Length, (string?)listed[0]).ShouldBe((2, "slow"));
    }

    [Theory, OnEachBackend]
    public async Task Large_schedules_are_read_with_several_calls_and_large_tables_are_looked_through_in_bites(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        string[] names = [.. Enumerable.Range(0, 20).Select(n => $"large-{n:d2}")];
        await world.Cron.ReplaceAsync("large", names.Select(name => new CronSchedule { Name = name, Call = JobCall.To("f", new string('x', 200_000) + name), Cron = "0 * * * *" }));
        await world.Cron.ReplaceAsync("small", Enumerable.Range(0, 1200).Select(n => new CronSchedule { Name = $"small-{n:d4}", Call = JobCall.To("f"), Cron = "0 * * * *" }));

        CronRead read = await CronRead.ExecuteAsync(world.Rq, [.. names, "none"], CancellationToken.None);

        read.Schedules.Select(schedule => (schedule.Name, schedule.Exists)).ShouldBe([.. names.Select(name => (name, true)), ("none", false)]);
        read.Schedules[19].ReadCall(world.Rq).Arguments[0].ShouldBe(new string('x', 200_000) + "large-19");
        (await CronOwners.NamesAsync(world.Rq, "large")).Order().ShouldBe(names);
        (await CronOwners.NamesAsync(world.Rq, "small")).Count.ShouldBe(1200);
    }
}
