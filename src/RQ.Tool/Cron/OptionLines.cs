using System.Globalization;
using RQ.Functions;

namespace RQ.Tool.Cron;

/// <summary>How the jobs of a schedule are run and kept: what was asked for, a line each.</summary>
internal static class OptionLines
{
    public static IEnumerable<(string Name, string Value)> Of(JobOptions options) => All(options).Where(line => line.Value is not null).Select(line => (line.Name, line.Value!));

    private static IEnumerable<(string Name, string? Value)> All(JobOptions options)
    {
        yield return ("Timeout", Time(options.Timeout, "none"));
        yield return ("Result TTL", Time(options.ResultTtl, "for ever"));
        yield return ("Failure TTL", Time(options.FailureTtl, "for ever"));
        yield return ("TTL", Time(options.Ttl, "for ever"));
        yield return ("Description", options.Description);
        yield return ("At front", options.AtFront ? "yes" : null);
        yield return ("Meta", options.Meta is { Count: > 0 } meta ? string.Join(", ", meta.Select(pair => $"{pair.Key}={pair.Value}")) : null);
        yield return ("Retry", options.Retry is { } retry ? Text(retry) : null);
        yield return ("On success", options.OnSuccess?.Function);
        yield return ("On failure", options.OnFailure?.Function);
        yield return ("On stopped", options.OnStopped?.Function);
        yield return ("On abandoned", ScheduleWords.Of(options.OnAbandoned));
        foreach (Webhook webhook in options.Webhooks ?? [])
            yield return ("Webhook", $"{webhook.Method} {webhook.Url} when {webhook.Status.ToText()}");
        yield return ("Group", options.Group);
        yield return ("Rate limit", options.RateLimit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{limit.Key}, {limit.Concurrency} at once") : null);
    }

    private static string Text(Retry retry)
    {
        string waits = string.Join(", ", retry.Intervals.Select(ScheduleReport.Duration));
        return string.Create(CultureInfo.InvariantCulture, $"{retry.Max} times, after {waits}{(retry.AtFront ? ", at the front" : "")}");
    }

    private static string? Time(TimeSpan? time, string infinite) => time is null ? null : time == Timeout.InfiniteTimeSpan ? infinite : ScheduleReport.Duration(time.Value);
}
