using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Which times are run, by the server's clock alone.</summary>
public class CronTimesTests
{
    [Theory, OnEachBackend]
    public async Task S064_each_time_of_seven_days_is_run_once(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:10");
        await world.Cron.AddOrUpdateAsync("daily", "0 3 * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("half-hourly", "0,30 * * * *", () => TestJobs.Nothing());
        CronDuty duty = world.Duty();
        DateTimeOffset end = world.Now.AddDays(7);

        // Several looks within the minute of each time.
        while (world.Now <= end)
        {
            await CronWorld.RunAsync(duty);
            world.Now += world.Now.Second switch { 10 => TimeSpan.FromSeconds(30), _ => TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(30) };
        }

        DateTimeOffset[] daily = await world.TimesAsync("daily"), halfHourly = await world.TimesAsync("half-hourly");
        (daily.Length, daily.Distinct().Count()).ShouldBe((7, 7));
        (halfHourly.Length, halfHourly.Distinct().Count()).ShouldBe((336, 336));
        CronEntry entry = await world.EntryAsync("daily");
        (entry.LastTime, entry.NextTime, entry.EnqueuedCount).ShouldBe((CronWorld.At("2026-03-08 03:00"), CronWorld.At("2026-03-09 03:00"), 7));
    }

    [Theory, OnEachBackend]
    public async Task S065_a_timer_that_wakes_early_runs_nothing(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 11:59:58");
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing());
        CronDuty duty = world.Duty();
        await CronWorld.RunAsync(duty);
        (await world.JobsAsync()).ShouldBeEmpty();
        DateTimeOffset first = CronWorld.At("2026-03-02 12:00");

        for (int n = 0; n < 1000; n++)
        {
            DateTimeOffset slot = first.AddMinutes(n);
            world.Now = slot.AddMilliseconds(-15);
            (await CronWorld.RunAsync(duty)).ShouldBe(TimeSpan.FromMilliseconds(15));
            world.Now = slot;
            await CronWorld.RunAsync(duty);
        }

        (await world.TimesAsync("job")).ShouldBe(Enumerable.Range(0, 1000).Select(n => first.AddMinutes(n)));
    }

    [Theory, OnEachBackend]
    public async Task A_schedule_that_is_listed_too_early_waits_for_its_time(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 11:59:58");
        CronSchedule schedule = CronSchedule.For("job", "* * * * *", () => TestJobs.Nothing()) with { MissedRuns = MissedRuns.Skip };
        await world.Cron.AddOrUpdateAsync(schedule);
        await world.Cron.AddOrUpdateAsync(schedule with { Name = "skip", Overlap = CronOverlap.Skip });
        await world.Cron.TriggerAsync("skip");
        foreach (string name in (string[])["job", "skip"])
            await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.CronDue, name, 1);

        (await CronWorld.RunAsync(world.Duty())).ShouldBe(SchedulerIdentity.RenewEvery);

        ((await world.EntryAsync("job")).EnqueuedCount, (await world.EntryAsync("skip")).SkippedCount).ShouldBe((0, 0));
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.CronDue, "job")).ShouldBe(CronWorld.At("2026-03-02 12:00").ToUnixTimeSeconds());
    }

    [Theory, OnEachBackend]
    public async Task A_clock_that_is_set_back_runs_nothing_twice(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 11:59:00");
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing());
        await world.RunUntilAsync(CronWorld.At("2026-03-02 12:05:30"));

        world.Now = CronWorld.At("2026-03-02 11:58:00");
        await world.RunUntilAsync(CronWorld.At("2026-03-02 12:07:30"));

        (await world.TimesAsync("job")).ShouldBe(Enumerable.Range(0, 8).Select(n => CronWorld.At("2026-03-02 12:00").AddMinutes(n)));
    }

    [Theory, OnEachBackend]
    public async Task S067_an_hour_that_is_skipped_stops_nobody(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2025-03-09 04:59:30");
        await world.Cron.AddOrUpdateAsync("daily", "30 2 * * *", () => TestJobs.Nothing(), "America/New_York");
        await world.Cron.AddOrUpdateAsync("minute", "* * * * *", () => TestJobs.Nothing(), "America/New_York");

        // That local day, which has 23 hours.
        await world.RunUntilAsync(CronWorld.At("2025-03-10 04:00:00"));

        (await world.TimesAsync("daily")).ShouldBe([CronWorld.At("2025-03-09 07:00")], "at 3:00, right after the gap");
        (await world.TimesAsync("minute")).Length.ShouldBe(1380);
        world.Logs.GetSnapshot().ShouldNotContain(record => record.Exception != null);
    }

    [Theory, OnEachBackend]
    public async Task S068_an_hour_that_comes_twice_makes_nothing_quiet(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2025-10-25 22:59:30");
        await world.Cron.AddOrUpdateAsync("minute", "* * * * *", () => TestJobs.Nothing(), "Europe/London");
        await world.Cron.AddOrUpdateAsync("five", "*/5 * * * *", () => TestJobs.Nothing(), "Europe/London");
        await world.Cron.AddOrUpdateAsync("daily", "30 1 * * *", () => TestJobs.Nothing(), "Europe/London");

        await world.RunUntilAsync(CronWorld.At("2025-10-27 00:00:00"));

        DateTimeOffset[] minute = await world.TimesAsync("minute");
        (minute.Length, (await world.TimesAsync("five")).Length, (await world.TimesAsync("daily")).Length).ShouldBe((1500, 300, 1));
        minute.Zip(minute.Skip(1), (one, next) => next - one).Distinct().ShouldBe([TimeSpan.FromMinutes(1)]);
    }

    [Theory, OnEachBackend]
    public async Task CRN_3_expressions_of_five_and_of_six_fields_in_utc_and_in_a_zone(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 07:59:00");
        await world.Cron.AddOrUpdateAsync("five", "5 8-9 * * MON", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("six", "*/20 0 8 * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("macro", "@hourly", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("zone", "30 9 * * *", () => TestJobs.Nothing(), "Europe/Berlin");

        await world.RunUntilAsync(CronWorld.At("2026-03-02 10:00:30"));

        async Task<string> TimesAsync(string name) => string.Join(' ', (await world.TimesAsync(name)).Select(time => time.ToString("HH:mm:ss", null)));
        (await TimesAsync("five")).ShouldBe("08:05:00 09:05:00");
        (await TimesAsync("six")).ShouldBe("08:00:00 08:00:20 08:00:40");
        (await TimesAsync("macro")).ShouldBe("08:00:00 09:00:00 10:00:00");
        (await TimesAsync("zone")).ShouldBe("08:30:00");
    }

    [Theory, OnEachBackend]
    public async Task CRN_4_and_CRN_5_an_interval_runs_at_once_and_does_not_drift(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:00.7");
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("job", TimeSpan.FromSeconds(30), () => TestJobs.Nothing()));
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("later", TimeSpan.FromSeconds(30), () => TestJobs.Nothing()) with { StartsAt = CronWorld.At("2026-03-02 10:01:05") });
        CronDuty duty = world.Duty();

        await CronWorld.RunAsync(duty);
        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 10:00:00")]);
        // Each look comes some seconds late.
        for (int n = 1; n <= 4; n++)
        {
            world.Now = CronWorld.At("2026-03-02 10:00:00").AddSeconds((30 * n) + 7);
            await CronWorld.RunAsync(duty);
        }

        (await world.TimesAsync("job")).Select(time => time.TimeOfDay.TotalSeconds - 36000).ShouldBe([0, 30, 60, 90, 120]);
        (await world.TimesAsync("later")).Select(time => time.TimeOfDay.TotalSeconds - 36000).ShouldBe([65, 95, 125]);
    }

    [Theory, OnEachBackend]
    public async Task S074_restarts_run_an_interval_no_more_often_and_an_outage_is_made_up_for_once(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:00.5");
        CronSchedule schedule = CronSchedule.Every("job", TimeSpan.FromHours(1), () => TestJobs.Nothing());
        CronSchedule strict = CronSchedule.Every("strict", TimeSpan.FromHours(1), () => TestJobs.Nothing()) with { MissedRuns = MissedRuns.Skip };
        for (int n = 0; n < 20; n++)
        {
            await world.Cron.AddOrUpdateAsync(schedule);
            await world.Cron.ReplaceAsync("site", [strict]);
            CronDuty duty = world.Duty();
            await CronWorld.RunAsync(duty);
            await duty.ReleaseAsync();
            world.Now += TimeSpan.FromSeconds(10);
        }

        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 10:00")]);
        world.Now = CronWorld.At("2026-03-02 12:50");
        await CronWorld.RunAsync(world.Duty());

        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 10:00"), CronWorld.At("2026-03-02 12:00")]);
        (await world.TimesAsync("strict")).ShouldBe([CronWorld.At("2026-03-02 10:00")]);
        ((await world.EntryAsync("job")).SkippedCount, (await world.EntryAsync("strict")).SkippedCount).ShouldBe((1, 2));
        (await world.EntryAsync("strict")).NextTime.ShouldBe(CronWorld.At("2026-03-02 13:00"));
    }

    [Theory, OnEachBackend]
    public async Task Missed_times_are_made_up_for_by_the_last_ones_and_late_ones_are_all_run(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:00");
        CronSchedule schedule = CronSchedule.For("all", "* * * * *", () => TestJobs.Nothing()) with { MissedRuns = MissedRuns.RunAll(3) };
        await world.Cron.AddOrUpdateAsync(schedule);
        await world.Cron.AddOrUpdateAsync(schedule with { Name = "late", MisfireThreshold = TimeSpan.FromDays(1) });

        world.Now = CronWorld.At("2026-03-02 11:00:30");
        await CronWorld.RunAsync(world.Duty());

        (await world.TimesAsync("all")).Select(time => time.TimeOfDay.ToString("hh\\:mm", null)).ShouldBe(["10:57", "10:58", "10:59", "11:00"]);
        (await world.TimesAsync("late")).Length.ShouldBe(60);
        (await world.EntryAsync("all")).SkippedCount.ShouldBe(56);
    }

    [Theory, OnEachBackend]
    public async Task A_long_outage_of_a_schedule_of_each_second_costs_little(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2016-03-02 10:00:00");
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("second", "* * * * * *", () => TestJobs.Nothing()) with { MisfireThreshold = TimeSpan.Zero });
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("interval", TimeSpan.FromSeconds(1), () => TestJobs.Nothing()) with { MisfireThreshold = TimeSpan.Zero });

        world.Now = CronWorld.At("2026-03-02 10:00:00.5");
        await CronWorld.RunAsync(world.Duty());

        (await world.TimesAsync("second")).ShouldBe([CronWorld.At("2026-03-02 10:00:00")]);
        (await world.TimesAsync("interval")).ShouldBe([CronWorld.At("2026-03-02 10:00:00")]);
        (await world.EntryAsync("second")).SkippedCount.ShouldBe(CronStep.MostCounted);
    }

    [Theory, OnEachBackend]
    public async Task After_its_end_a_schedule_is_not_due_any_more_and_stays_listed(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:00");
        CronSchedule schedule = CronSchedule.For("job", "0 * * * *", () => TestJobs.Nothing()) with { StartsAt = CronWorld.At("2026-03-02 12:30"), EndsAt = CronWorld.At("2026-03-02 14:00") };
        await world.Cron.AddOrUpdateAsync(schedule);

        await world.RunUntilAsync(CronWorld.At("2026-03-02 20:00"));

        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 13:00"), CronWorld.At("2026-03-02 14:00")]);
        (await world.EntryAsync("job")).NextTime.ShouldBeNull();
        await world.Cron.AddOrUpdateAsync(schedule with { EndsAt = null });
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-02 21:00"));
    }

    [Theory, OnEachBackend]
    public async Task A_schedule_that_cannot_be_run_is_tried_again_and_holds_up_nobody(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:30");
        await world.Cron.AddOrUpdateAsync("good", "* * * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("bad", "* * * * *", () => TestJobs.Nothing(), "Europe/Berlin");
        // As on a machine that does not know the zone.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.CronSchedule("bad"), CronFields.TimeZone, "Europe/Unknown");
        CronDuty duty = world.Duty();

        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 10:05:30"));
        (await world.TimesAsync("good")).Length.ShouldBe(5);
        (await world.TimesAsync("bad")).ShouldBeEmpty();
        world.Logs.GetSnapshot().Count(record => record.Exception?.Message.Contains("Europe/Unknown", StringComparison.Ordinal) == true).ShouldBe(1);

        await world.Rq.Database.HashSetAsync(world.Rq.Keys.CronSchedule("bad"), CronFields.TimeZone, "UTC");
        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 10:06:30"));
        (await world.TimesAsync("bad")).Select(time => time.Minute).ShouldBe([4, 5, 6], "the last missed one, one that was late, and one in time");
        world.Logs.GetSnapshot().ShouldContain(record => record.Id.Id == 174);
    }

    [Theory, OnEachBackend]
    public async Task With_jitter_a_time_is_run_later_and_is_still_that_time(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:30");
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("job", "* * * * *", () => TestJobs.Nothing()) with { Jitter = TimeSpan.FromSeconds(50) });
        DateTimeOffset due = (await world.EntryAsync("job")).NextTime!.Value;
        due.ShouldBeInRange(CronWorld.At("2026-03-02 10:01:00"), CronWorld.At("2026-03-02 10:01:50"));
        CronDuty duty = world.Duty();

        world.Now = due.AddMilliseconds(-1);
        await CronWorld.RunAsync(duty);
        (await world.JobsAsync()).ShouldBeEmpty();
        world.Now = due.AddMilliseconds(1);
        await CronWorld.RunAsync(duty);

        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 10:01")]);
    }
}
