using System.Globalization;
using RQ.Redis;

namespace RQ.Scheduling;

/// <summary>Whether what a schedule says about its times can be; what is wrong is told in full.</summary>
internal static class OccurrencesCheck
{
    /// <summary>So many times are looked at for how close they come.</summary>
    private const int Looked = 500;

    /// <summary>The schedule's expression; <c>null</c> when it has an interval.</summary>
    public static CronText? Cron(CronSchedule schedule)
    {
        if (schedule.Cron is null)
            return null;
        if (schedule.Interval is { } interval)
        {
            throw Wrong(schedule, $"it has both a cron expression ('{schedule.Cron}') and an interval ({interval}). Give one of them: "
                + "the expression for times of the calendar, the interval for a time between two runs.");
        }

        CronText cron;
        try
        {
            cron = CronText.Read(schedule.Cron);
        }
        catch (FormatException e)
        {
            throw Wrong(schedule, $"the cron expression '{schedule.Cron}' cannot be used: {e.Message}", e);
        }
        return cron.From(0) is null
            ? throw Wrong(schedule, $"the cron expression '{schedule.Cron}' never comes true: the calendar has no such day. "
                + "Look at its day of the month, month and day of the week together.")
            : cron;
    }

    /// <summary>The schedule's interval in seconds.</summary>
    public static long Interval(CronSchedule schedule)
    {
        if (schedule.Interval is not { } interval)
            throw Wrong(schedule, "it does not say when. Give a cron expression, such as \"0 9 * * MON-FRI\", or an interval.");
        if (interval < TimeSpan.FromSeconds(1) || interval.Ticks % TimeSpan.TicksPerSecond != 0 || interval.TotalSeconds > RqTime.MaxSeconds)
            throw Wrong(schedule, $"its interval is {interval}. Right are whole seconds, from 1 s to a hundred years.");
        return interval.Ticks / TimeSpan.TicksPerSecond;
    }

    /// <summary>The schedule's time zone.</summary>
    public static Zone Zone(CronSchedule schedule)
    {
        string id = schedule.TimeZone;
        if (string.IsNullOrWhiteSpace(id))
            throw Wrong(schedule, "its time zone is empty. Give an IANA name such as \"Europe/Berlin\", or \"UTC\".");
        if (Scheduling.Zone.Find(id) is { } zone)
            return zone;
        if (Scheduling.Zone.Similar(id) is { } similar)
            throw Wrong(schedule, $"there is no time zone '{id}'. '{similar}' may be meant.");
        throw Wrong(schedule, $"there is no time zone '{id}'. Give an IANA name such as \"Europe/Berlin\" or \"America/New_York\", or \"UTC\".");
    }

    /// <summary>Runs must not overtake each other: jitter stays within the distance of two times.</summary>
    public static void Jitter(CronSchedule schedule, ITimetable times)
    {
        TimeSpan jitter = schedule.Jitter;
        if (jitter < TimeSpan.Zero)
            throw Wrong(schedule, $"its jitter is {jitter}. Runs can only be late: give zero or more.");
        if (jitter == TimeSpan.Zero)
            return;
        TimeSpan closest = schedule.Interval ?? Closest(CronText.Read(schedule.Cron!));
        if (jitter > closest)
        {
            throw Wrong(
                schedule, $"its jitter is {jitter}, but its times are as close as {closest}, so that runs would overtake each other. Give at most that.");
        }
    }

    /// <summary>A time must lie between start and end. Without a start that is not asked: a schedule may have ended long ago and be stored again.</summary>
    public static void Ends(CronSchedule schedule, ITimetable times, long first, long last)
    {
        if (schedule is not { StartsAt: { } start, EndsAt: { } end })
            return;
        if (start > end)
            throw Wrong(schedule, $"it starts at {Text(start)}, after its end at {Text(end)}.");
        if (times.After(first - 1) is not { } time)
            throw Wrong(schedule, $"it has no time after its start at {Text(start)}.");
        if (time > last)
        {
            throw Wrong(schedule, $"it has no time between its start at {Text(start)} and its end at {Text(end)}; "
                + $"the first would be {Text(DateTimeOffset.FromUnixTimeSeconds(time))}.");
        }
    }

    // On the calendar from a leap year on, so that the answer is the same at all times.
    private static TimeSpan Closest(CronText cron)
    {
        long closest = RqTime.MaxSeconds;
        long? time = cron.From(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds());
        for (int i = 0; i < Looked && time is { } one && cron.From(one + 1) is { } next; i++, time = next)
            closest = Math.Min(closest, next - one);
        return TimeSpan.FromSeconds(closest);
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    private static ArgumentException Wrong(CronSchedule schedule, string text, Exception? inner = null) =>
        new($"Cron schedule '{schedule.Name}' cannot be: {text}", nameof(schedule), inner);
}
