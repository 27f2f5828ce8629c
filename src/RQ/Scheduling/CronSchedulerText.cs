using System.Globalization;
using System.Text.Json;
using RQ.Redis;

namespace RQ.Scheduling;

/// <summary>Reads the hash of a cron scheduler, ours or Python's. What cannot be read counts as absent.</summary>
internal static class CronSchedulerText
{
    public static CronSchedulerInfo Read(string name, DateTimeOffset? heartbeat, IReadOnlyDictionary<string, string> fields) => new(
        name,
        fields.GetValueOrDefault("hostname"),
        int.TryParse(fields.GetValueOrDefault("pid"), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null,
        RqTime.ParseTimestamp(fields.GetValueOrDefault("created_at")),
        heartbeat,
        fields.GetValueOrDefault("config_file") ?? "",
        Jobs(fields.GetValueOrDefault("cron_jobs")));

    private static IReadOnlyList<CronJobInfo> Jobs(string? json)
    {
        if (string.IsNullOrEmpty(json))
            return [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateArray().Select(Job)];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static CronJobInfo Job(JsonElement entry)
    {
        string function = Text(entry, "func_name") ?? "";
        return new CronJobInfo(
            Text(entry, "name") ?? function,
            function,
            Text(entry, "queue_name") ?? "",
            Text(entry, "cron") is { } cron ? PythonCron.Read(cron) : null,
            entry.TryGetProperty("interval", out JsonElement interval) && interval.ValueKind == JsonValueKind.Number && interval.TryGetInt64(out long seconds) ? RqTime.FromSeconds(seconds) : null,
            RqTime.ParseTimestamp(Text(entry, "latest_enqueue_time")),
            RqTime.ParseTimestamp(Text(entry, "next_enqueue_time")));
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
