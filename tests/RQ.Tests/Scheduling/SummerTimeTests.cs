using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>What happens to schedules on the days when clocks change.</summary>
public sealed class SummerTimeTests
{
    [Fact]
    public void S067_a_skipped_time_runs_once_right_after_the_gap_and_minutes_go_on()
    {
        DateTimeOffset start = Times.At("2025-03-09 00:00 -05:00"), end = Times.At("2025-03-10 00:00 -04:00");
        Times.Of(Times.Cron("30 2 * * *", "America/New_York")).Between(start, end).ShouldBe([Times.At("2025-03-09 03:00 -04:00")]);
        Times.Of(Times.Cron("* * * * *", "America/New_York")).Between(start, end).Count().ShouldBe(1380);
    }

    [Fact]
    public void S068_a_repeated_time_runs_once_and_intervals_go_on()
    {
        DateTimeOffset start = Times.At("2025-10-26 00:00 +01:00"), end = Times.At("2025-10-27 00:00 +00:00");
        List<DateTimeOffset> minutes = [.. Times.Of(Times.Cron("* * * * *", "Europe/London")).Between(start, end)];
        minutes.Count.ShouldBe(1500);
        minutes.Zip(minutes.Skip(1), (one, next) => next - one).ShouldAllBe(gap => gap == TimeSpan.FromMinutes(1));
        Times.Of(Times.Cron("*/5 * * * *", "Europe/London")).Between(start, end).Count().ShouldBe(300);
        Times.Of(Times.Cron("30 1 * * *", "Europe/London")).Between(start, end).ShouldBe([Times.At("2025-10-26 01:30 +01:00")]);
    }

    [Fact]
    public void S070_times_never_stop_at_the_edge_of_a_gap()
    {
        List<DateTimeOffset> weekly = First(400, Times.Of(Times.Cron("1 2 * * 0", "America/Chicago")), Times.At("2024-02-01"));
        weekly.Zip(weekly.Skip(1), (one, next) => next > one).ShouldAllBe(later => later);
        weekly.Count.ShouldBe(400);
        // A week more or less an hour, and the hour that a time in the gap comes early.
        weekly.Zip(weekly.Skip(1), (one, next) => next - one).ShouldAllBe(gap => Math.Abs((gap - TimeSpan.FromDays(7)).TotalMinutes) <= 61);

        List<DateTimeOffset> daily = First(60, Times.Of(Times.Cron("30 1 * * *", "Europe/London")), Times.At("2025-03-01"));
        daily.Select(time => time.UtcDateTime.Date).Distinct().Count().ShouldBe(60);
    }

    [Theory]
    [InlineData("45 1 * * *", "Australia/Lord_Howe", "2026-04-01", 10)]
    [InlineData("15 1 * * *", "Australia/Lord_Howe", "2026-04-01", 10)]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-01", 10)]
    [InlineData("0 0 * * *", "America/Santiago", "2025-09-01", 30)]
    [InlineData("15 1 * * *", "America/Santiago", "2025-09-01", 30)]
    [InlineData("30 23 * * *", "America/Santiago", "2026-04-01", 10)]
    public void S071_shifts_of_half_an_hour_or_at_midnight_leave_one_run_a_day(string cron, string zone, string firstDay, int days)
    {
        DateOnly first = DateOnly.FromDateTime(Times.At(firstDay).DateTime);
        List<DateOnly> ran = [.. Times.Cron(cron, zone).Preview(Times.At(firstDay).AddDays(-2), days + 10)
            .Select(local => DateOnly.FromDateTime(local.DateTime))
            .Where(day => day >= first && day < first.AddDays(days))];
        ran.ShouldBe(Enumerable.Range(0, days).Select(first.AddDays));
    }

    [Fact]
    public void An_interval_takes_no_notice_of_clocks()
    {
        CronSchedule schedule = Times.Every(86_400) with { TimeZone = "Europe/Berlin", StartsAt = Times.At("2025-03-28 12:00") };
        Times.Of(schedule).Between(Times.At("2025-03-28"), Times.At("2025-04-01")).ShouldBe(
            [Times.At("2025-03-28 12:00"), Times.At("2025-03-29 12:00"), Times.At("2025-03-30 12:00"), Times.At("2025-03-31 12:00")]);
    }

    [Fact]
    public void An_hourly_time_in_the_gap_runs_after_it_as_well()
    {
        Times.Of(Times.Cron("20 * * * *", "Europe/Berlin")).Between(Times.At("2025-03-30 00:00"), Times.At("2025-03-30 03:00")).ShouldBe(
            [Times.At("2025-03-30 01:20 +01:00"), Times.At("2025-03-30 03:00 +02:00"), Times.At("2025-03-30 03:20 +02:00"), Times.At("2025-03-30 04:20 +02:00")]);
    }

    private static List<DateTimeOffset> First(int count, Occurrences times, DateTimeOffset after)
    {
        var found = new List<DateTimeOffset>();
        for (DateTimeOffset? time = times.After(after); found.Count < count && time is { } next; time = times.After(next))
            found.Add(next);
        return found;
    }
}
