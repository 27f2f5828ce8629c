using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>The times of schedules, apart from clock changes.</summary>
public sealed class OccurrencesTests
{
    [Theory]
    [InlineData("0 9 * * MON-FRI", "2025-01-03 09:00", "2025-01-06 09:00")]
    [InlineData("@daily", "2025-01-03 00:00", "2025-01-04 00:00")]
    [InlineData("@Hourly", "2025-01-03 00:00", "2025-01-03 01:00")]
    [InlineData("@weekly", "2025-01-03 00:00", "2025-01-05 00:00")]
    [InlineData("@every_second", "2025-01-03 00:00", "2025-01-03 00:00:01")]
    [InlineData("15 30 10 * * *", "2025-01-03 00:00", "2025-01-03 10:30:15")]
    [InlineData("0 0 L * *", "2025-02-03 00:00", "2025-02-28 00:00")]
    [InlineData("0 0 LW * *", "2025-05-03 00:00", "2025-05-30 00:00")]
    [InlineData("0 0 * * 5L", "2025-01-03 00:00", "2025-01-31 00:00")]
    [InlineData("0 0 * * FRI#2", "2025-01-03 00:00", "2025-01-10 00:00")]
    [InlineData("0\t12  1 JAN,JUL ?", "2025-01-03 00:00", "2025-07-01 12:00")]
    [InlineData("0 0 29 2 *", "2025-01-01 00:00", "2028-02-29 00:00")]
    [InlineData("0 0 29 2 MON", "2025-01-01 00:00", "2044-02-29 00:00")]
    public void CRN_3_expressions_are_read_as_Cronos_does(string cron, string after, string next) =>
        Times.Of(Times.Cron(cron)).After(Times.At(after)).ShouldBe(Times.At(next));

    [Fact]
    public void Times_are_read_in_the_zone()
    {
        Occurrences times = Times.Of(Times.Cron("0 9 * * *", "Asia/Kolkata"));
        times.After(Times.At("2025-01-03")).ShouldBe(Times.At("2025-01-03 09:00 +05:30"));
        Times.Of(Times.Cron("0 0 29 2 MON", "Europe/Berlin")).After(Times.At("2025-01-03")).ShouldBe(Times.At("2044-02-29 00:00 +01:00"));
    }

    [Fact]
    public void From_counts_the_time_itself_and_After_does_not()
    {
        Occurrences times = Times.Of(Times.Cron("0 * * * *"));
        DateTimeOffset noon = Times.At("2025-01-03 12:00");
        times.From(noon).ShouldBe(noon);
        times.After(noon).ShouldBe(noon.AddHours(1));
        times.From(noon.AddTicks(1)).ShouldBe(noon.AddHours(1));
        times.After(noon.AddTicks(-1)).ShouldBe(noon);
    }

    [Fact]
    public void CRN_4_and_CRN_5_an_interval_is_at_once_and_does_not_drift()
    {
        DateTimeOffset stored = Times.At("2025-01-03 10:00:00.4");
        var times = new Occurrences(Times.Every(90), stored);
        times.From(stored).ShouldBe(Times.At("2025-01-03 10:00:01"));
        times.After(Times.At("2025-01-03 10:00:01")).ShouldBe(Times.At("2025-01-03 10:01:31"));
        times.After(Times.At("2025-01-04 10:00:01.7")).ShouldBe(Times.At("2025-01-04 10:01:31"));
        times.From(Times.At("2020-01-01")).ShouldBe(Times.At("2025-01-03 10:00:01"));
    }

    [Fact]
    public void Start_and_end_belong_to_it()
    {
        Occurrences times = Times.Of(Times.Cron("0 0 * * *") with { StartsAt = Times.At("2025-01-03"), EndsAt = Times.At("2025-01-05") });
        times.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue).ShouldBe([Times.At("2025-01-03"), Times.At("2025-01-04"), Times.At("2025-01-05")]);
        times.Last(10, DateTimeOffset.MinValue, DateTimeOffset.MaxValue).Count.ShouldBe(3);
        times.After(Times.At("2025-01-05")).ShouldBeNull();
    }

    [Fact]
    public void One_that_has_ended_can_still_be_read()
    {
        Occurrences times = new(Times.Cron("0 0 * * *") with { EndsAt = Times.At("2025-01-05") }, Times.At("2026-01-01"));
        times.From(Times.At("2026-01-01")).ShouldBeNull();
        times.From(Times.At("2025-01-04 10:00")).ShouldBe(Times.At("2025-01-05"));
    }

    [Theory]
    [InlineData("* * * * * *", "UTC")]
    [InlineData("*/15 * * * *", "Europe/Berlin")]
    [InlineData("0 0 1 1 *", "Africa/Casablanca")]
    [InlineData("* * * 1 1 *", "America/New_York")]
    [InlineData("0 9,17 * * MON-FRI", "Australia/Lord_Howe")]
    public void The_last_ones_of_many_years_are_found_at_once(string cron, string zone)
    {
        Occurrences times = Times.Of(Times.Cron(cron, zone));
        DateTimeOffset until = Times.At("2025-07-01 12:00:00.5");
        IReadOnlyList<DateTimeOffset> last = times.Last(50, Times.At("1990-01-01"), until);
        // All that there are from the first of them on, and there is one more before.
        last.ShouldBe(times.Between(last[0], until));
        last.Count.ShouldBe(cron == "0 0 1 1 *" ? 35 : 50);
        times.Last(0, Times.At("1990-01-01"), until).ShouldBeEmpty();
        times.Last(50, until, Times.At("1990-01-01")).ShouldBeEmpty();
    }

    [Fact]
    public void Dates_at_the_end_of_the_calendar_do_no_harm()
    {
        foreach (CronSchedule schedule in (CronSchedule[])[Times.Cron("0 0 * * *", "Europe/Berlin"), Times.Every(3600)])
        {
            Occurrences times = Times.Of(schedule);
            times.After(DateTimeOffset.MaxValue).ShouldBeNull();
            times.After(DateTimeOffset.MinValue).ShouldNotBeNull();
            times.Last(1, DateTimeOffset.MinValue, DateTimeOffset.MaxValue).Count.ShouldBe(1);
        }
    }

    [Fact]
    public void Jitter_follows_from_name_and_time()
    {
        CronSchedule schedule = Times.Cron("*/5 * * * *") with { Jitter = TimeSpan.FromMinutes(5) };
        Occurrences times = Times.Of(schedule);
        List<TimeSpan> late = [.. times.Between(Times.At("2025-01-03"), Times.At("2025-01-04")).Select(time => times.Due(time) - time)];
        late.ShouldAllBe(by => by >= TimeSpan.Zero && by < schedule.Jitter);
        late.Distinct().Count().ShouldBe(288);
        late.Count(by => by < TimeSpan.FromMinutes(2.5)).ShouldBeInRange(100, 188);
        // Written down: it must be the same in all processes and versions.
        times.Due(Times.At("2025-01-03")).ShouldBe(Times.At("2025-01-03").AddMicroseconds(84_680_513));
        Times.Of(schedule with { Name = "other" }).Due(Times.At("2025-01-03")).ShouldNotBe(times.Due(Times.At("2025-01-03")));
        Times.Of(schedule with { Jitter = default }).Due(Times.At("2025-01-03")).ShouldBe(Times.At("2025-01-03"));
    }

    [Fact]
    public void Preview_shows_the_times_of_the_zone()
    {
        CronSchedule schedule = Times.Cron("0 9 * * *", "Europe/Berlin") with { EndsAt = Times.At("2025-04-01") };
        IReadOnlyList<DateTimeOffset> times = schedule.Preview(Times.At("2025-03-29 12:00"), 10);
        times.Select(time => time.ToString("yyyy-MM-dd HH:mm zzz")).ShouldBe(["2025-03-30 09:00 +02:00", "2025-03-31 09:00 +02:00"]);
        schedule.Preview(Times.At("2025-03-01"), 0).ShouldBeEmpty();
        Should.Throw<ArgumentOutOfRangeException>(() => schedule.Preview(default, -1));
        Times.Every(60).Preview(Times.At("2025-03-01"), 2).ShouldBe([Times.At("2025-03-01 00:01"), Times.At("2025-03-01 00:02")]);
    }
}
