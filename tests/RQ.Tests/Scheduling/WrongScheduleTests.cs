using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>What cannot be is refused with the schedule's name, the value and what would be right.</summary>
public sealed class WrongScheduleTests
{
    public static TheoryData<CronSchedule, string> Wrong => new()
    {
        { Times.Every(1) with { Interval = null }, "it does not say when. Give a cron expression, such as \"0 9 * * MON-FRI\", or an interval." },
        { Times.Every(60) with { Cron = "* * * * *" }, "it has both a cron expression ('* * * * *') and an interval (00:01:00). Give one of them" },
        { Times.Every(0), "its interval is 00:00:00. Right are whole seconds, from 1 s" },
        { Times.Every(-5), "its interval is -00:00:05." },
        { Times.Every(1.5), "its interval is 00:00:01.5000000." },
        { Times.Every(1e10), "from 1 s to a hundred years." },
        { Times.Cron(""), "the cron expression '' cannot be used: it has 0 fields. Right are five: minute (0-59), hour (0-23)" },
        { Times.Cron("0 9 * *"), "the cron expression '0 9 * *' cannot be used: it has 4 fields." },
        { Times.Cron("0 0 9 * * ? 2026"), "it has 7 fields. Right are five: minute (0-59), hour (0-23), day of the month (1-31), month (1-12), day of the week (0-7 or SUN-SAT); or six, with second (0-59) in front. A year cannot be given" },
        { Times.Cron("61 * * * *"), "'61 * * * *' cannot be used: Minutes: Value must be a number between 0 and 59 (all inclusive). The fields are minute (0-59)" },
        { Times.Cron("0 61 * * * *"), "The fields are second (0-59), minute (0-59)" },
        { Times.Cron("0 9 * * FRY"), "Days of week" },
        { Times.Cron("H 9 * * *"), "H is not possible. Give a time, and a jitter" },
        { Times.Cron("@every 5m"), "give an interval instead of an expression" },
        { Times.Cron("@reboot"), "@reboot is not possible: a schedule belongs to the Redis database" },
        { Times.Cron("@noon"), "it is not a macro. Possible are @hourly, @daily" },
        { Times.Cron("0 0 30 2 *"), "the cron expression '0 0 30 2 *' never comes true" },
        { Times.Cron("0 9 * * *", ""), "its time zone is empty." },
        { Times.Cron("0 9 * * *", "Berlin"), "there is no time zone 'Berlin'. 'Europe/Berlin' may be meant." },
        { Times.Cron("0 9 * * *", "america/new york"), "'America/New_York' may be meant." },
        { Times.Cron("0 9 * * *", "Mars/Base"), "there is no time zone 'Mars/Base'. Give an IANA name such as \"Europe/Berlin\"" },
        { Times.Cron("0 9 * * *", "../zone.tab"), "there is no time zone '../zone.tab'." },
        { Times.Cron("0 9 * * *", "tzdata.zi"), "there is no time zone 'tzdata.zi'." },
        { Times.Every(60) with { TimeZone = "Mars/Base" }, "there is no time zone 'Mars/Base'." },
        { Times.Every(60) with { Jitter = TimeSpan.FromSeconds(-1) }, "its jitter is -00:00:01. Runs can only be late" },
        { Times.Every(60) with { Jitter = TimeSpan.FromSeconds(61) }, "its jitter is 00:01:01, but its times are as close as 00:01:00" },
        { Times.Cron("0,20 9 * * *") with { Jitter = TimeSpan.FromHours(1) }, "its times are as close as 00:20:00" },
        { Times.Cron("0 9 * * *") with { StartsAt = Times.At("2026-01-02"), EndsAt = Times.At("2026-01-01") }, "it starts at 2026-01-02 00:00:00 +00:00, after its end at 2026-01-01 00:00:00 +00:00." },
        { Times.Cron("0 9 1 2 *") with { StartsAt = Times.At("2026-01-02"), EndsAt = Times.At("2026-01-30") }, "it has no time between its start at 2026-01-02 00:00:00 +00:00 and its end at 2026-01-30 00:00:00 +00:00; the first would be 2026-02-01 09:00:00 +00:00." },
        { Times.Cron("0 9 1 2 *") with { StartsAt = DateTimeOffset.MaxValue, EndsAt = DateTimeOffset.MaxValue }, "it has no time after its start" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void It_is_told_what_is_wrong(CronSchedule schedule, string text)
    {
        ArgumentException e = Should.Throw<ArgumentException>(() => schedule.Preview(Times.At("2025-01-01"), 1));
        e.Message.ShouldStartWith("Cron schedule 'report' cannot be: ");
        e.Message.ShouldContain(text);
    }

    [Fact]
    public void What_is_just_possible_is_accepted()
    {
        CronSchedule[] schedules =
        [
            Times.Every(1), Times.Every(60) with { Jitter = TimeSpan.FromSeconds(60) }, Times.Cron("* * * * * *") with { Jitter = TimeSpan.FromSeconds(1) },
            Times.Cron("0 9 * * *") with { StartsAt = Times.At("2026-01-02 09:00"), EndsAt = Times.At("2026-01-02 09:00") }, Times.Cron("0 0 29 2 *"),
            Times.Cron("0 0 29 2 *") with { Jitter = TimeSpan.FromDays(1000) },
        ];
        foreach (CronSchedule schedule in schedules)
            schedule.Preview(Times.At("2025-01-01"), 1).Count.ShouldBe(1);
    }
}
