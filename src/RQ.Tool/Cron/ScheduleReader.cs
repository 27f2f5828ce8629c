using System.Text.Json;
using RQ.Scheduling;
using RQ.Serialization;

namespace RQ.Tool.Cron;

/// <summary>Reads one schedule of a file.</summary>
internal static class ScheduleReader
{
    /// <param name="part">Its part of the file.</param>
    /// <param name="number">Which one it is, from 1; what it is called until its name is known.</param>
    /// <param name="problems">Is told what cannot be.</param>
    /// <returns><c>null</c> when it has no name.</returns>
    public static CronSchedule? Read(JsonPart part, int number, ScheduleProblems problems)
    {
        int before = problems.Count;
        if (part.Kind != JsonTokenType.StartObject)
        {
            problems.Add(part.Line, $"schedule {number}: it must be an object, {{…}}; it is {part.Shape}.");
            return null;
        }

        var fields = new JsonFields(part, $"schedule {number}", problems);
        string? name = fields.Text("name"), function = fields.Text("function");
        if (name is not null && string.IsNullOrWhiteSpace(name))
            fields.Refuse(fields.Get("name")!, "'name' must not be blank. Leave it out for the function's.");
        name ??= function;
        if (!string.IsNullOrWhiteSpace(name))
            fields.Where = $"schedule '{name}'";
        bool hasFunction = !string.IsNullOrWhiteSpace(function);
        if (!hasFunction)
            fields.Refuse(part, "'function' is missing: the name of the function to run, such as \"Shop.Orders.Send\".");
        CronSchedule schedule = Read(fields, name ?? "", hasFunction ? function! : "missing", problems);
        fields.Finish();
        if (problems.Count == before)
            Check(schedule, fields);
        return string.IsNullOrWhiteSpace(name) ? null : schedule;
    }

    private static CronSchedule Read(JsonFields fields, string name, string function, ScheduleProblems problems) => new()
    {
        Name = name,
        Call = Call(fields, function),
        Queue = fields.Text("queue"),
        Cron = fields.Text("cron"),
        Interval = fields.Time("interval", allowZero: false),
        TimeZone = fields.Text("timeZone") ?? "UTC",
        MissedRuns = fields.Word("missedRuns", ScheduleWords.Missed) ?? MissedRuns.RunOnce,
        MisfireThreshold = fields.Time("misfireThreshold") ?? TimeSpan.FromSeconds(60),
        Overlap = fields.Word("overlap", ScheduleWords.Overlap),
        StartsAt = fields.Instant("startsAt"),
        EndsAt = fields.Instant("endsAt"),
        Jitter = fields.Time("jitter") ?? TimeSpan.Zero,
        Options = new JobOptions
        {
            Timeout = fields.Seconds("timeout", allowZero: false, allowsInfinite: true),
            ResultTtl = fields.Seconds("resultTtl", allowsInfinite: true),
            FailureTtl = fields.Seconds("failureTtl", allowsInfinite: true),
            Ttl = fields.Seconds("ttl", allowZero: false, allowsInfinite: true) is { Ticks: > 0 } ttl ? ttl : null,
            Description = fields.Text("description"),
            AtFront = fields.Flag("atFront"),
            Meta = fields.Object("meta") is { } meta ? Named(meta) : null,
            Retry = ScheduleParts.Retry(fields, problems),
            OnSuccess = OnEnd(fields, "onSuccess"),
            OnFailure = OnEnd(fields, "onFailure"),
            OnStopped = OnEnd(fields, "onStopped"),
            OnAbandoned = fields.Word("onAbandoned", ScheduleWords.OnAbandoned),
            Webhooks = ScheduleParts.Webhooks(fields, problems),
            Group = NotBlank(fields, "group"),
            RateLimit = ScheduleParts.RateLimit(fields, problems),
        },
    };

    private static Callback? OnEnd(JsonFields fields, string name) => NotBlank(fields, name) is { } function ? Callback.To(function) : null;

    /// <returns><c>null</c> when it is left out or cannot be.</returns>
    private static string? NotBlank(JsonFields fields, string name)
    {
        string? text = fields.Text(name);
        if (text is null || !string.IsNullOrWhiteSpace(text))
            return text;
        fields.Refuse(fields.Get(name)!, $"'{name}' must not be blank. Leave it out for none.");
        return null;
    }

    private static JobCall Call(JsonFields fields, string function)
    {
        object?[] arguments = [.. fields.Items("args").Select(Value)];
        return JobCall.To(function, arguments, fields.Object("kwargs") is { } named ? Named(named) : new Dictionary<string, object?>());
    }

    private static OrderedDictionary<string, object?> Named(JsonPart part)
    {
        var named = new OrderedDictionary<string, object?>();
        foreach ((string name, _, JsonPart value) in part.Properties)
            named[name] = Value(value);
        return named;
    }

    private static object? Value(JsonPart part) => JobSerializer.Json.Deserialize(part.ToStrictJson());

    /// <summary>What would be found when it is stored: names, expressions, zones, times that do not go together.</summary>
    private static void Check(CronSchedule schedule, JsonFields fields)
    {
        try
        {
            var defaults = new RqConnectionOptions();
            CronDefinition.Check(schedule, defaults.Serializer, defaults.MaxJobSize);
        }
        catch (ArgumentException exception)
        {
            fields.Refuse(fields.Line, ArgumentText.Of(exception, CronDefinition.Introduction(schedule.Name)));
        }
    }
}
