using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>Which times are run when a schedule is due, and which are left out.</summary>
public class CronStepTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset s_day = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static Occurrences Times(TimeSpan jitter = default, DateTimeOffset? end = null) =>
        new(new CronSchedule { Name = "job", Call = JobCall.To("f"), Cron = "* * * * *", Jitter = jitter, EndsAt = end }, s_day);

    private static DateTimeOffset At(string time) => s_day + TimeSpan.Parse(time, null);

    [Fact]
    public void A_time_that_is_not_too_late_is_run_and_the_next_one_follows()
    {
        CronStep.Of(Times(), MissedRuns.Skip, s_minute, At("10:00"), At("10:00")).ShouldBe(new CronStep(At("10:00"), At("10:00"), 0, At("10:01")));
        CronStep.Of(Times(), MissedRuns.Skip, s_minute, At("10:00"), At("10:01")).ShouldBe(new CronStep(At("10:00"), At("10:00"), 0, At("10:01")), "late by just the threshold");
        CronStep.Of(Times(), MissedRuns.RunOnce, TimeSpan.FromHours(2), At("10:00"), At("11:30")).Slot.ShouldBe(At("10:00"), "all late ones are run, one by one");
    }

    [Fact]
    public void Missed_times_are_left_out_but_for_the_last_ones()
    {
        DateTimeOffset now = At("11:00:30");
        CronStep.Of(Times(), MissedRuns.Skip, s_minute, At("10:00"), now).ShouldBe(new CronStep(null, At("10:59"), 60, At("11:00")));
        CronStep.Of(Times(), MissedRuns.RunOnce, s_minute, At("10:00"), now).ShouldBe(new CronStep(At("10:59"), At("10:59"), 59, At("11:00")));
        CronStep.Of(Times(), MissedRuns.RunAll(10), s_minute, At("10:00"), now).ShouldBe(new CronStep(At("10:50"), At("10:50"), 50, At("10:51")));
        CronStep.Of(Times(), MissedRuns.RunAll(60), s_minute, At("10:00"), now).ShouldBe(new CronStep(At("10:00"), At("10:00"), 0, At("10:01")));
        CronStep.Of(Times(), MissedRuns.Skip, TimeSpan.Zero, At("10:00"), At("10:00:00.001")).ShouldBe(new CronStep(null, At("10:00"), 1, At("10:01")));
    }

    [Fact]
    public void Thousands_of_missed_times_are_made_up_for_one_by_one_and_looked_for_once()
    {
        Occurrences times = Times();
        var row = new MissedRow();
        DateTimeOffset now = At("00:00").AddMinutes(15_000).AddSeconds(30);
        CronStep step = CronStep.Of(times, MissedRuns.RunAll(10_000), s_minute, At("00:01"), now, row);
        (step.Skipped, step.Slot).ShouldBe((4_999, At("00:00").AddMinutes(5_000)));
        for (int n = 1; n < 10_000; n++)
        {
            // One more becomes late meanwhile: it is in the row too.
            CronStep following = CronStep.Of(times, MissedRuns.RunAll(10_000), s_minute, step.Next!.Value, now.AddMinutes(n == 5_000 ? 1 : 0), row);
            (following.Slot, following.Skipped).ShouldBe((step.Next, 0));
            step = following;
        }

        step.ShouldBe(CronStep.Of(times, MissedRuns.RunAll(10_000), s_minute, step.Slot!.Value, now));
        row.Read(times, 5, At("01:00"), At("01:02")).ShouldBe([At("01:00"), At("01:01")], "the clock was set back");
    }

    [Fact]
    public void With_jitter_a_time_is_missed_when_its_own_moment_is()
    {
        Occurrences times = Times(jitter: s_minute);
        DateTimeOffset due = times.Due(At("10:00"));
        CronStep.Of(times, MissedRuns.Skip, s_minute, At("10:00"), due + s_minute).Slot.ShouldBe(At("10:00"));
        CronStep late = CronStep.Of(times, MissedRuns.Skip, s_minute, At("10:00"), due + s_minute + TimeSpan.FromMilliseconds(1));
        (late.Slot, late.Skipped).ShouldBe((null, 1));
    }

    [Fact]
    public void After_the_last_time_nothing_follows()
    {
        Occurrences times = Times(end: At("10:30"));
        CronStep.Of(times, MissedRuns.RunOnce, s_minute, At("10:30"), At("10:30")).Next.ShouldBeNull();
        CronStep.Of(times, MissedRuns.Skip, s_minute, At("10:00"), At("12:00")).ShouldBe(new CronStep(null, At("10:30"), 31, null));
    }

    [Fact]
    public void The_next_time_always_comes_after_the_one_that_is_run()
    {
        var random = new Random(7);
        for (int n = 0; n < 2000; n++)
        {
            DateTimeOffset next = At("00:00").AddMinutes(random.Next(1000)), now = next.AddSeconds(random.Next(100_000));
            MissedRuns missed = random.Next(3) switch { 0 => MissedRuns.Skip, 1 => MissedRuns.RunOnce, _ => MissedRuns.RunAll(random.Next(1, 50)) };
            var step = CronStep.Of(Times(), missed, TimeSpan.FromSeconds(random.Next(600)), next, now);
            (step.Passed >= next && step.Passed <= now && step.Next > step.Passed).ShouldBeTrue();
            (step.Slot is null || step.Slot == step.Passed).ShouldBeTrue();
            step.Skipped.ShouldBe((int)(step.Passed - next).TotalMinutes + (step.Slot is null ? 1 : 0));
        }
    }
}
