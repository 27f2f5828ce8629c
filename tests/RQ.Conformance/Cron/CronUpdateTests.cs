using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Changing stored schedules: what is kept, and what happens to times that are due.</summary>
public class CronUpdateTests
{
    [Theory, OnEachBackend]
    public async Task An_update_keeps_the_table_and_whatever_it_does_not_change(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule schedule = CronSchedule.For("job", "0 * * * *", () => TestJobs.Nothing()) with { Options = new JobOptions { Timeout = TimeSpan.FromHours(1) } };
        await world.Cron.ReplaceAsync("site", [schedule]);
        RedisKey key = world.Rq.Keys.CronSchedule("job");
        // What only a later version knows.
        await world.Rq.Database.HashSetAsync(key, [new("colour", "red"), new("job:colour", "blue")]);

        (await world.Cron.UpdateAsync("job", stored => stored with { Cron = "30 * * * *", Queue = "low" })).ShouldBeTrue();
        (await world.Cron.UpdateAsync("job", stored => stored with { Queue = "low" })).ShouldBeFalse("it is so already");

        CronEntry entry = await world.EntryAsync("job");
        (entry.Source, entry.Schedule.Cron, entry.Schedule.Queue, entry.NextTime).ShouldBe(("site", "30 * * * *", "low", CronWorld.At("2026-03-02 00:30")));
        entry.Schedule.Options!.Timeout.ShouldBe(TimeSpan.FromHours(1));
        (await world.Rq.Database.HashGetAsync(key, ["colour", "job:colour"])).ShouldBe(["red", "blue"]);
        await world.Cron.ReplaceAsync("site", []);
        (await world.Cron.FindAsync("job")).ShouldBeNull("it belongs to its table");
    }

    [Theory, OnEachBackend]
    public async Task Pausing_and_resuming_keep_the_table_and_storing_by_itself_leaves_it(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule schedule = CronSchedule.For("job", "0 * * * *", () => TestJobs.Nothing());
        await world.Cron.ReplaceAsync("site", [schedule]);

        await world.Cron.PauseAsync("job");
        (await world.Cron.UpdateAsync("job", stored => stored with { Cron = "30 * * * *" })).ShouldBeTrue();
        (await world.EntryAsync("job")).NextTime.ShouldBeNull("it is paused");
        await world.Cron.ResumeAsync("job");

        CronEntry entry = await world.EntryAsync("job");
        (entry.Source, entry.NextTime).ShouldBe(("site", CronWorld.At("2026-03-02 00:30")));
        await world.Cron.AddOrUpdateAsync(schedule);
        (await world.EntryAsync("job")).Source.ShouldBe("");
    }

    [Theory, OnEachBackend]
    public async Task An_update_that_cannot_be_is_refused_and_one_that_cannot_be_run_can_be_put_right(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync("job", "0 * * * *", () => TestJobs.Nothing());

        await Should.ThrowAsync<CronNotFoundException>(() => world.Cron.UpdateAsync("none", stored => stored));
        (await Should.ThrowAsync<ArgumentException>(() => world.Cron.UpdateAsync("job", stored => stored with { Name = "other" }))).Message.ShouldContain("'other'");
        await Should.ThrowAsync<ArgumentException>(() => world.Cron.UpdateAsync("job", stored => stored with { Cron = "x" }));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.CronSchedule("job"), "time_zone", "Europe/Unknown");
        (await world.Cron.UpdateAsync("job", stored => stored with { TimeZone = "Europe/Berlin" })).ShouldBeTrue();

        (await world.EntryAsync("job")).Schedule.TimeZone.ShouldBe("Europe/Berlin");
    }

    [Theory, OnEachBackend]
    public async Task A_change_between_reading_and_writing_is_seen(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync("job", "0 * * * *", () => TestJobs.Nothing());
        int calls = 0;

        (await world.Cron.UpdateAsync("job", stored =>
        {
            if (calls++ == 0)
                world.Rq.Database.HashIncrement(world.Rq.Keys.CronSchedule("job"), "version");
            return stored with { Queue = "low" };
        })).ShouldBeTrue();

        (calls, (await world.EntryAsync("job")).Schedule.Queue).ShouldBe((2, "low"));
    }

    [Theory, OnEachBackend]
    public async Task A_time_that_is_due_stays_so_when_other_times_change(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 02:00");
        CronSchedule schedule = CronSchedule.For("job", "0 3 * * *", () => TestJobs.Nothing()) with { Jitter = TimeSpan.FromHours(1) };
        await world.Cron.AddOrUpdateAsync(schedule);
        CronDuty duty = world.Duty();
        world.Now = CronWorld.At("2026-03-02 03:00:05");

        // A build whose jitter, and then whose end, are others.
        await world.Cron.AddOrUpdateAsync(schedule with { Jitter = TimeSpan.FromMinutes(50) });
        (await world.EntryAsync("job")).NextTime!.Value.ShouldBeInRange(CronWorld.At("2026-03-02 03:00"), CronWorld.At("2026-03-02 03:50"));
        await world.Cron.AddOrUpdateAsync(schedule with { Jitter = TimeSpan.Zero, EndsAt = CronWorld.At("2027-01-01 00:00") });
        await CronWorld.RunAsync(duty);
        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 03:00")]);

        // One that was missed is made up for, and an earlier one comes first.
        world.Now = CronWorld.At("2026-03-03 05:30");
        await world.Cron.UpdateAsync("job", stored => stored with { Cron = "0 3,6 * * *" });
        await CronWorld.RunAsync(duty);
        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 03:00"), CronWorld.At("2026-03-03 03:00")]);
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-03 06:00"));
        await world.Cron.UpdateAsync("job", stored => stored with { Cron = "*/30 * * * *" });
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-03 06:00"));
        await world.Cron.UpdateAsync("job", stored => stored with { Cron = "*/10 * * * *" });
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-03 05:40"));
    }

    [Theory, OnEachBackend]
    public async Task Of_two_tables_of_one_source_that_are_stored_at_once_one_is_in_force(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule Named(string name) => CronSchedule.For(name, "0 * * * *", () => TestJobs.Nothing());

        for (int n = 0; n < 20; n++)
        {
            string source = $"site-{n}";
            await Task.WhenAll(new[] { "a", "b", "c" }.Select(name => Task.Run(() => world.Cron.ReplaceAsync(source, [Named($"{name}-{n}")]))));

            (await world.Cron.ListAsync()).Where(entry => entry.Source == source).ShouldHaveSingleItem();
        }
    }

    [Theory, OnEachBackend]
    public async Task A_removal_that_is_sent_twice_says_the_same(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        foreach (string name in (string[])["a", "b"])
            await world.Cron.AddOrUpdateAsync(name, "0 * * * *", () => TestJobs.Nothing());

        foreach (string name in (string[])["a", "b"])
        {
            string token = Tokens.New();
            for (int n = 0; n < 2; n++)
                (await CronStore.ExecuteAsync(world.Rq, token, [], [name], null)).ShouldBe(1);
        }

        (await world.Cron.RemoveAsync("a")).ShouldBeFalse();
    }
}
