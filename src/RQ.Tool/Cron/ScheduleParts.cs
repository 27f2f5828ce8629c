using System.Text.Json;

namespace RQ.Tool.Cron;

/// <summary>Reads what a schedule says in objects of their own.</summary>
internal static class ScheduleParts
{
    /// <summary><c>3</c>, or <c>{"max": 3, "intervals": [10, "1m"], "atFront": true}</c>.</summary>
    public static Retry? Retry(JsonFields schedule, ScheduleProblems problems)
    {
        if (schedule.Get("retry") is not { } part)
            return null;
        if (part.Kind == JsonTokenType.Number)
            return schedule.Whole("retry", 1) is { } times ? new Retry(times) : null;
        if (Fields(schedule, "retry", problems) is not { } fields)
            return null;
        int? max = fields.Whole("max", 1);
        bool atFront = fields.Flag("atFront");
        TimeSpan[] intervals = [.. fields.Items("intervals").Select(each => fields.Time(each, "intervals") ?? TimeSpan.Zero)];
        return Finish(fields, "max", max, count => new Retry(count.GetValueOrDefault(), intervals) { AtFront = atFront });
    }

    /// <summary><c>{"key": "mailgun", "concurrency": 2}</c>.</summary>
    public static RateLimit? RateLimit(JsonFields schedule, ScheduleProblems problems)
    {
        if (Fields(schedule, "rateLimit", problems) is not { } fields)
            return null;
        string? key = fields.Text("key");
        int concurrency = fields.Whole("concurrency", 1) ?? 1;
        return Finish(fields, "key", key, text => new RateLimit(text, concurrency));
    }

    /// <summary><c>[{"url": "https://…", "on": "failed", "method": "POST", "headers": {…}, "timeout": 10}]</c>.</summary>
    public static IReadOnlyList<Webhook>? Webhooks(JsonFields schedule, ScheduleProblems problems)
    {
        var webhooks = new List<Webhook>();
        foreach (JsonPart part in schedule.Items("webhooks"))
        {
            if (part.Kind != JsonTokenType.StartObject)
            {
                schedule.Refuse(part, $"'webhooks' must hold objects, {{…}}; it holds {part.Shape}.");
                continue;
            }

            var fields = new JsonFields(part, $"{schedule.Where}, webhook", problems);
            string? url = fields.Text("url");
            JobStatus status = fields.Get("on") is null ? JobStatus.Finished : fields.Word("on", ScheduleWords.WebhookStatus);
            string method = fields.Text("method") ?? "GET";
            TimeSpan timeout = fields.Time("timeout", allowZero: false) ?? TimeSpan.FromSeconds(10);
            Dictionary<string, string> headers = Headers(fields);
            if (Finish(fields, "url", url, text => new Webhook(text, status) { Method = HttpMethod.Parse(method), Timeout = timeout, Headers = headers }) is { } webhook)
                webhooks.Add(webhook);
        }

        return webhooks.Count == 0 ? null : webhooks;
    }

    private static Dictionary<string, string> Headers(JsonFields fields)
    {
        var headers = new Dictionary<string, string>();
        foreach ((string name, _, JsonPart value) in fields.Object("headers")?.Properties ?? [])
        {
            if (value.Kind == JsonTokenType.String)
                headers[name] = value.Text;
            else
                fields.Refuse(value, $"the header '{name}' must be a text; it is {value.Shape}.");
        }

        return headers;
    }

    private static JsonFields? Fields(JsonFields schedule, string name, ScheduleProblems problems) =>
        schedule.Object(name) is { } part ? new JsonFields(part, $"{schedule.Where}, {name}", problems) : null;

    /// <summary>Makes the object when nothing was wrong and its one necessary property is there.</summary>
    private static TResult? Finish<TNeeded, TResult>(JsonFields fields, string needed, TNeeded? value, Func<TNeeded, TResult> make)
        where TResult : class
    {
        fields.Finish();
        if (value is null)
        {
            if (fields.Get(needed) is null)
                fields.Refuse(fields.Line, $"'{needed}' is missing.");
            return null;
        }

        try
        {
            return make(value);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            fields.Refuse(fields.Line, exception is ArgumentException argument ? ArgumentText.Of(argument) : exception.Message);
            return null;
        }
    }
}
