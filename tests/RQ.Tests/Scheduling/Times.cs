using System.Globalization;
using RQ.Scheduling;

namespace RQ.Tests.Scheduling;

/// <summary>Schedules and times for tests, in few words.</summary>
internal static class Times
{
    public static CronSchedule Cron(string cron, string zone = "UTC") => new() { Name = "report", Cron = cron, TimeZone = zone, Call = JobCall.To("reports.daily") };

    public static CronSchedule Every(double seconds) => new() { Name = "report", Interval = TimeSpan.FromSeconds(seconds), Call = JobCall.To("reports.daily") };

    /// <summary>An instant, as <c>2025-03-09 03:00 -04:00</c> or in UTC without offset.</summary>
    public static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static Occurrences Of(CronSchedule schedule) => new(schedule, At("2024-01-01"));

    /// <summary>All times from the first instant on and before the second.</summary>
    public static IEnumerable<DateTimeOffset> Between(this Occurrences times, DateTimeOffset from, DateTimeOffset until)
    {
        for (DateTimeOffset? time = times.From(from); time < until; time = times.After(time.Value))
            yield return time.Value;
    }
}
