using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using RQ.Jobs;
using RQ.Serialization;

namespace RQ.Webhooks;

/// <summary>The JSON that a POST carries: RQ's <c>job_id</c>, <c>func_name</c>, <c>status</c>, <c>enqueued_at</c>, <c>ended_at</c>, and <c>exc_info</c> of a failure.</summary>
internal static class WebhookBody
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(RqConnection? rq, JobHash job, JobStatus status, DateTimeOffset endedAt, string? failureText)
    {
        var body = new Dictionary<string, string?>
        {
            ["job_id"] = job.Id,
            ["func_name"] = FunctionOf(rq, job),
            ["status"] = status.ToText(),
            ["enqueued_at"] = job.Time(JobFields.EnqueuedAt) is { } enqueuedAt ? IsoTime(enqueuedAt) : null,
            ["ended_at"] = IsoTime(endedAt),
        };
        if (failureText is not null)
            body["exc_info"] = failureText;
        // Spaced as Python's json module does it, so that the two bodies are the same bytes.
        return Encoding.UTF8.GetBytes($"{{{string.Join(", ", body.Select(each => $"\"{each.Key}\": {JsonSerializer.Serialize(each.Value, s_json)}"))}}}");
    }

    /// <summary>As Python's <c>isoformat</c> writes it.</summary>
    private static string IsoTime(DateTimeOffset time)
    {
        string fraction = time.UtcDateTime.Ticks % TimeSpan.TicksPerSecond / 10 == 0 ? "" : ".ffffff";
        return time.UtcDateTime.ToString($"yyyy-MM-dd'T'HH:mm:ss{fraction}'+00:00'", CultureInfo.InvariantCulture);
    }

    private static string? FunctionOf(RqConnection? rq, JobHash job)
    {
        try
        {
            return CallData.Read(job, rq).Function;
        }
        catch (UnreadableDataException)
        {
            return null;
        }
    }
}
