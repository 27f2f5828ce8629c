using System.Text.Json;
using RQ.Redis;

namespace RQ.Jobs;

/// <summary>The field <c>webhooks</c>: a JSON list of <c>{"url", "job_status", "method", "headers", "timeout"}</c>.</summary>
internal static class WebhookText
{
    public static string Write(IEnumerable<Webhook> webhooks) => JsonSerializer.Serialize(webhooks.Select(webhook => new Stored(
        webhook.Url.OriginalString, webhook.Status.ToText(), webhook.Method.Method,
        webhook.Headers.Count == 0 ? null : webhook.Headers.ToDictionary(header => header.Key, string? (header) => header.Value), RqTime.Seconds(webhook.Timeout))));

    /// <summary>Those that can be read: a webhook never holds up a job.</summary>
    public static IReadOnlyList<Webhook> Read(string? text)
    {
        if (text is null)
            return [];
        try
        {
            return [.. (JsonSerializer.Deserialize<JsonElement[]>(text) ?? []).Select(ToWebhook).OfType<Webhook>()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static Webhook? ToWebhook(JsonElement element)
    {
        try
        {
            Stored stored = element.Deserialize<Stored>()!;
            return new Webhook(stored.url, JobStatusText.Parse(stored.job_status))
            {
                Method = HttpMethod.Parse(stored.method),
                Headers = (stored.headers ?? []).Where(header => header.Value is not null).ToDictionary(header => header.Key, header => header.Value!),
                Timeout = TimeSpan.FromSeconds(Math.Clamp(stored.timeout, 1, 3600)),
            };
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException or NullReferenceException)
        {
            return null;
        }
    }

#pragma warning disable IDE1006 // The names are those of the stored JSON.
    private sealed record Stored(string url, string job_status, string method, Dictionary<string, string?>? headers, long timeout);
#pragma warning restore IDE1006
}
