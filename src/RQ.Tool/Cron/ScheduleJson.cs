using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using RQ.Serialization;
using RQ.Tool.Terminal;

namespace RQ.Tool.Cron;

/// <summary>Stored schedules for programs: the names of the file's properties, durations in seconds (−1 without end), times in ISO 8601 and UTC.</summary>
internal static class ScheduleJson
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="entries">The schedules.</param>
    /// <param name="unreadable">The names of those that cannot be read.</param>
    public static string Of(IEnumerable<CronEntry> entries, IEnumerable<string> unreadable) => Text(new JsonObject
    {
        ["schedules"] = new JsonArray([.. entries.Select(Object)]),
        ["unreadable"] = new JsonArray([.. unreadable.Select(name => JsonValue.Create(name))]),
    });

    /// <param name="entry">The schedule.</param>
    /// <param name="next">Its next times.</param>
    /// <param name="problem">Why they are not known here; <c>null</c> when they are.</param>
    public static string Of(CronEntry entry, IReadOnlyList<DateTimeOffset> next, string? problem)
    {
        JsonObject json = Object(entry);
        json["nextTimes"] = new JsonArray([.. next.Select(time => JsonValue.Create(time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)))]);
        if (problem is not null)
            json["problem"] = problem;
        return Text(json);
    }

    private static string Text(JsonObject json) => PlainText.Json(json.ToJsonString(s_format));

    private static JsonObject Object(CronEntry entry)
    {
        CronSchedule schedule = entry.Schedule;
        var json = new JsonObject
        {
            ["name"] = schedule.Name,
            ["function"] = schedule.Call.Function,
            ["call"] = schedule.Call.ToString(),
            ["args"] = schedule.Call.RedactedText is null ? Value(schedule.Call.Arguments) : null,
            ["kwargs"] = schedule.Call.RedactedText is null ? Value(schedule.Call.KeywordArguments) : null,
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
        };
        Add(json, schedule.Options ?? new JobOptions());
        json["source"] = entry.Source;
        json["createdAt"] = Utc(entry.CreatedAt);
        json["isPaused"] = entry.IsPaused;
        json["nextTime"] = Utc(entry.NextTime);
        json["lastTime"] = Utc(entry.LastTime);
        json["lastEnqueuedAt"] = Utc(entry.LastEnqueuedAt);
        json["lastJobId"] = entry.LastJobId;
        json["lastOutcome"] = entry.LastOutcome?.ToText();
        json["enqueuedCount"] = entry.EnqueuedCount;
        json["skippedCount"] = entry.SkippedCount;
        return json;
    }

    private static void Add(JsonObject json, JobOptions options)
    {
        json["timeout"] = Seconds(options.Timeout);
        json["resultTtl"] = Seconds(options.ResultTtl);
        json["failureTtl"] = Seconds(options.FailureTtl);
        json["ttl"] = Seconds(options.Ttl);
        json["description"] = options.Description;
        json["atFront"] = options.AtFront;
        json["meta"] = options.Meta is { } meta ? Value(meta) : null;
        json["retry"] = options.Retry is { } retry
            ? new JsonObject { ["max"] = retry.Max, ["intervals"] = new JsonArray([.. retry.Intervals.Select(time => JsonValue.Create(time.TotalSeconds))]), ["atFront"] = retry.AtFront }
            : null;
        json["onSuccess"] = options.OnSuccess?.Function;
        json["onFailure"] = options.OnFailure?.Function;
        json["onStopped"] = options.OnStopped?.Function;
        json["onAbandoned"] = ScheduleWords.Of(options.OnAbandoned);
        json["webhooks"] = options.Webhooks is { } webhooks ? new JsonArray([.. webhooks.Select(Object)]) : null;
        json["group"] = options.Group;
        json["rateLimit"] = options.RateLimit is { } limit ? new JsonObject { ["key"] = limit.Key, ["concurrency"] = limit.Concurrency } : null;
    }

    // Headers may hold what nobody else should see.
    private static JsonObject Object(Webhook webhook) => new()
    {
        ["url"] = webhook.Url.ToString(), ["on"] = webhook.Status.ToText(), ["method"] = webhook.Method.Method, ["timeout"] = webhook.Timeout.TotalSeconds,
        ["headers"] = new JsonArray([.. webhook.Headers.Keys.Select(name => JsonValue.Create(name))]),
    };

    /// <summary>A value as JSON, or its text when JSON cannot hold it.</summary>
    private static JsonNode? Value(object value)
    {
        try
        {
            return JsonNode.Parse(JobSerializer.Json.Serialize(value));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return value.ToString();
        }
    }

    private static double? Seconds(TimeSpan? time) => time == Timeout.InfiniteTimeSpan ? -1 : time?.TotalSeconds;

    private static string? Utc(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
