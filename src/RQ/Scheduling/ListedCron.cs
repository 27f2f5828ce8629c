using System.Text;
using System.Text.Json;
using RQ.Jobs;
using RQ.Redis;
using RQ.Serialization;

namespace RQ.Scheduling;

/// <summary>A schedule as RQ's tools read it: an entry of the field <c>cron_jobs</c> of a cron scheduler.</summary>
/// <param name="Before">The entry before its times, as JSON.</param>
/// <param name="After">The entry after them.</param>
/// <param name="LastTime">When a job of it was last enqueued.</param>
/// <param name="NextTime">When it is due next.</param>
internal sealed record ListedCron(string Before, string After, DateTimeOffset? LastTime, DateTimeOffset? NextTime)
{
    /// <summary>RQ's defaults, in seconds: what RQ writes when it was not told otherwise, and what it leaves out.</summary>
    private const long DefaultResultTtl = 500;

    private const long DefaultTimeout = 180;

    /// <summary>What RQ writes in the place of values that JSON cannot hold. Long ones would only burden those who look at the list.</summary>
    private const string NotShown = "<not JSON serializable>";

    private const int LongestShown = 4096;

    /// <returns><c>null</c> for one that cannot be read, or that RQ's tools could not read: they would show no schedule at all.</returns>
    public static ListedCron? Of(RqConnection rq, StoredCron schedule)
    {
        string? cron = schedule.Text(CronFields.Cron) is { } text ? PythonCron.Of(text) : null;
        string? interval = schedule.Text(CronFields.Interval) is { } seconds && seconds.All(char.IsAsciiDigit) ? seconds : null;
        if (!schedule.Exists || (cron is null && interval is null))
            return null;
        try
        {
            CallData call = schedule.ReadCall(rq);
            JobHash job = schedule.TemplateHash;
            bool isHidden = SerializerSet.Hides(call.Serializer) || job.Text(JobFields.Redacted) is not null;
            string before = $"{Entry("func_name", call.Function)}, {Entry("name", schedule.Name)}, {Entry("queue_name", schedule.QueueName)}, "
                + $"\"args\": {Json(call.Arguments.Count == 0 ? null : call.Arguments, isHidden)}, \"kwargs\": {Json(call.KeywordArguments.Count == 0 ? null : call.KeywordArguments, isHidden)}, "
                + $"\"interval\": {interval ?? "null"}, \"cron\": {Text(cron)}";
            return new ListedCron(before, Options(rq, job, isHidden), RqTime.ParseUnix(schedule.Text(CronFields.LastEnqueuedAt)), schedule.Due);
        }
        catch (Exception exception) when (exception is RqException or ArgumentException or FormatException)
        {
            // Running it tells the log.
            return null;
        }
    }

    public void AppendTo(StringBuilder text) => text.Append('{').Append(Before)
        .Append(", \"latest_enqueue_time\": ").Append(Time(LastTime)).Append(", \"next_enqueue_time\": ").Append(Time(NextTime)).Append(After).Append('}');

    private static string Options(RqConnection rq, JobHash job, bool isHidden)
    {
        var text = new StringBuilder();

        void Add(string name, object? value)
        {
            if (value is not null)
                text.Append(", \"").Append(name).Append("\": ").Append(value);
        }

        Add("job_timeout", job.Timeout == DefaultTimeout ? null : job.Timeout);
        Add("result_ttl", job.ResultTtl ?? DefaultResultTtl);
        Add("ttl", job.Ttl);
        Add("failure_ttl", job.FailureTtl);
        Add("meta", Job.ReadMeta(rq, job, PayloadKind.CronMeta) is { Count: > 0 } meta ? Json(meta, isHidden) : null);
        Add("webhooks", job.Text(JobFields.Webhooks) is { } webhooks ? Text(webhooks) : null);
        return text.ToString();
    }

    private static string Entry(string name, string value) => $"\"{name}\": {Text(value)}";

    private static string Time(DateTimeOffset? time) => Text(time is { } known ? RqTime.Timestamp(known) : null);

    private static string Text(string? text) => JsonSerializer.Serialize(text);

    /// <summary>A value as JSON, as a text within the JSON.</summary>
    private static string Json(object? value, bool isHidden)
    {
        if (value is null)
            return "null";
        if (isHidden)
            return Text(NotShown);
        string json = Encoding.UTF8.GetString(JobSerializer.Json.Serialize(value));
        return Text(json.Length > LongestShown ? NotShown : json);
    }
}
