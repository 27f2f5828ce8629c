using System.Globalization;
using System.Text;
using RQ.Tool.Terminal;

namespace RQ.Tool.Cron;

/// <summary>Schedules as people read them. Times are UTC, but for the next ones of a single schedule, which are in its own zone.</summary>
internal static class ScheduleReport
{
    private const string NoTime = "–";

    /// <summary>Stored schedules, a line each.</summary>
    public static string Of(IReadOnlyList<CronEntry> entries) => Table(
        ["NAME", "WHEN", "QUEUE", "NEXT (UTC)", "LAST (UTC)", "OUTCOME"],
        entries.Select(entry => (string[])
        [
            entry.Name, When(entry.Schedule), QueueOf(entry.Schedule), entry.IsPaused ? "paused" : Utc(entry.NextTime) is NoTime ? "ended" : Utc(entry.NextTime),
            Utc(entry.LastEnqueuedAt), entry.LastOutcome?.ToText() ?? NoTime,
        ]));

    /// <summary>Schedules that are not stored, a line each.</summary>
    public static string Of(IReadOnlyList<CronSchedule> schedules, DateTimeOffset now) => Table(
        ["NAME", "WHEN", "QUEUE", "NEXT (UTC)", "CALL"],
        schedules.Select(schedule => (string[])
        [
            schedule.Name, When(schedule), QueueOf(schedule), schedule.Preview(now, 1) is [var next] ? Utc(next) : "never", schedule.Call.ToString(),
        ]));

    /// <summary>A last line of a list that lacks some.</summary>
    public static string OfUnreadable(IReadOnlyList<string> names) => names.Count == 0
        ? ""
        : $"{names.Count} more cannot be read: {string.Join(", ", names.Select(PlainText.Line))}. 'rq cron show NAME' says why, 'rq cron remove NAME' removes it.\n";

    /// <summary>All of one stored schedule.</summary>
    /// <param name="entry">The schedule.</param>
    /// <param name="next">Its next times.</param>
    /// <param name="problem">Why they are not known here; <c>null</c> when they are.</param>
    public static string Of(CronEntry entry, IReadOnlyList<DateTimeOffset> next, string? problem)
    {
        CronSchedule schedule = entry.Schedule;
        var text = new StringBuilder();
        Add("Name", schedule.Name);
        Add("Call", schedule.Call.ToString());
        Add("When", When(schedule));
        Add("Queue", QueueOf(schedule));
        Add("Missed runs", schedule.MissedRuns.ToString());
        Add("Not missed", $"up to {Duration(schedule.MisfireThreshold)} late");
        Add("Overlap", ScheduleWords.Of(schedule.Overlap));
        if (schedule.Jitter > TimeSpan.Zero)
            Add("Jitter", Duration(schedule.Jitter));
        if (schedule.StartsAt is { } start)
            Add("Starts", Utc(start) + " UTC");
        if (schedule.EndsAt is { } end)
            Add("Ends", Utc(end) + " UTC");
        foreach ((string name, string value) in OptionLines.Of(schedule.Options ?? new JobOptions()))
            Add(name, value);
        Add("Created", Utc(entry.CreatedAt) + " UTC");
        Add("Source", entry.Source.Length == 0 ? NoTime : entry.Source);
        Add("State", entry.IsPaused ? "paused" : entry.NextTime is null ? "ended" : "active");
        Add("Last time", Utc(entry.LastTime));
        Add("Last job", entry.LastJobId is null ? NoTime : $"{entry.LastJobId}, {entry.LastOutcome?.ToText() ?? "gone"}, enqueued {Utc(entry.LastEnqueuedAt)} UTC");
        Add("Counts", string.Create(CultureInfo.InvariantCulture, $"{entry.EnqueuedCount} enqueued, {entry.SkippedCount} left out"));
        if (schedule.Jitter > TimeSpan.Zero && entry.NextTime is { } due)
            Add("Next run", due.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture) + " UTC, with its jitter");
        Add("Next times", problem ?? (next.Count > 0 ? Local(next[0]) : entry.IsPaused ? $"{NoTime}, while it is paused" : NoTime));
        foreach (DateTimeOffset time in next.Skip(1))
            Add("", Local(time));
        return text.ToString();

        void Add(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {PlainText.Line(value)}\n");
    }

    /// <summary>When a schedule is due: <c>0 9 * * MON-FRI Europe/Berlin</c> or <c>every 5m</c>.</summary>
    public static string When(CronSchedule schedule) =>
        schedule.Interval is { } interval ? $"every {Duration(interval)}" : schedule.TimeZone == "UTC" ? schedule.Cron ?? "" : $"{schedule.Cron} {schedule.TimeZone}";

    /// <summary>In the notation of options: the largest unit that fits.</summary>
    public static string Duration(TimeSpan time)
    {
        if (time.Ticks % TimeSpan.TicksPerSecond != 0)
            return string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#######}s");
        long seconds = (long)time.TotalSeconds;
        (long size, string unit) = seconds == 0 ? (1, "s") : seconds % 86400 == 0 ? (86400, "d") : seconds % 3600 == 0 ? (3600, "h") : seconds % 60 == 0 ? (60, "m") : (1, "s");
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / size}{unit}");
    }

    private static string QueueOf(CronSchedule schedule) => schedule.Queue ?? Queue.DefaultName;

    private static string Utc(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? NoTime;

    private static string Local(DateTimeOffset time) => time.ToString("ddd yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    private static string Table(string[] heads, IEnumerable<string[]> rows)
    {
        string[][] lines = [heads, .. rows.Select(row => Array.ConvertAll(row, PlainText.Line))];
        int[] widths = [.. Enumerable.Range(0, heads.Length).Select(column => lines.Max(line => Width(line[column])))];
        var text = new StringBuilder();
        foreach (string[] line in lines)
            text.Append(string.Join("  ", line.Select((cell, column) => cell + new string(' ', widths[column] - Width(cell)))).TrimEnd()).Append('\n');
        return text.Append(CultureInfo.InvariantCulture, $"{lines.Length - 1} schedules\n").ToString();
    }

    // As in rq info: characters, not UTF-16 units.
    private static int Width(string text) => text.EnumerateRunes().Count();
}
