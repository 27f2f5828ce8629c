using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RQ.Tool.Cron;

/// <summary>Stored schedules for programs: the names of the file's properties, durations in seconds, times in ISO 8601 and UTC.</summary>
internal static class ScheduleJson
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IEnumerable<CronEntry> entries) =>
        new JsonObject { ["schedules"] = new JsonArray([.. entries.Select(entry => Object(entry))]) }.ToJsonString(s_format);

    /// <param name="entry">The schedule.</param>
    /// <param name="next">Its next times.</param>
    public static string Of(CronEntry entry, IReadOnlyList<DateTimeOffset> next)
    {
        JsonObject json = Object(entry);
        json["nextTimes"] = new JsonArray([.. next.Select(time => JsonValue.Create(time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture)))]);
        return json.ToJsonString(s_format);
    }

    private static JsonObject Object(CronEntry entry)
    {
        CronSchedule schedule = entry.Schedule;
        return new JsonObject
        {
            ["name"] = schedule.Name,
            ["function"] = schedule.Call.Function,
            ["call"] = schedule.Call.ToString(),
            ["queue"] = schedule.Queue ?? Queue.DefaultName,
            ["cron"] = schedule.Cron,
            ["interval"] = schedule.Interval?.TotalSeconds,
            ["timeZone"] = schedule.TimeZone,
            ["missedRuns"] = schedule.MissedRuns.ToString(),
            ["misfireThreshold"] = schedule.MisfireThreshold.TotalSeconds,
            ["overlap"] = ScheduleWords.Of(schedule.Overlap),
            ["startsAt"] = Utc(schedule.StartsAt),
            ["endsAt"] = Utc(schedule.EndsAt),
            ["jitter"] = schedule.Jitter.TotalSeconds,
            ["source"] = entry.Source,
            ["createdAt"] = Utc(entry.CreatedAt),
            ["isPaused"] = entry.IsPaused,
            ["nextTime"] = Utc(entry.NextTime),
            ["lastTime"] = Utc(entry.LastTime),
            ["lastEnqueuedAt"] = Utc(entry.LastEnqueuedAt),
            ["lastJobId"] = entry.LastJobId,
            ["lastOutcome"] = entry.LastOutcome?.ToText(),
            ["enqueuedCount"] = entry.EnqueuedCount,
            ["skippedCount"] = entry.SkippedCount,
        };
    }

    private static string? Utc(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
