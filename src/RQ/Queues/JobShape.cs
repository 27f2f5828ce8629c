using System.Text.Json;
using RQ.Functions;
using RQ.Jobs;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Queues;

/// <summary>What all jobs have in common that are enqueued on one queue with the same options. Its options are checked.</summary>
internal sealed class JobShape
{
    private static readonly JobOptions s_defaults = new();

    /// <summary>For jobs of a queue with options that were checked.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="options">Their options.</param>
    /// <param name="fields">The fields of their hashes that are the same: name, value, name, value …</param>
    public JobShape(Queue queue, JobOptions options, RedisValue[] fields)
    {
        Queue = queue;
        Options = options;
        Fields = fields;
        AtFront = options.AtFront || options.DependsOn is { AtFront: true };
        Ttl = options.Ttl is { } ttl ? RqTime.Seconds(ttl) : RedisValue.EmptyString;
        foreach (RedisValue value in fields)
            Size += value.Length();
    }

    public Queue Queue { get; }

    public JobOptions Options { get; }

    public RedisValue[] Fields { get; }

    public bool AtFront { get; }

    /// <summary>Seconds, or empty.</summary>
    public RedisValue Ttl { get; }

    /// <summary>How many bytes the fields have.</summary>
    public long Size { get; }

    /// <summary>The options that hold: those of a call, and under them those of its method's attribute.</summary>
    /// <exception cref="ArgumentException">An option cannot be.</exception>
    public static JobOptions OptionsOf(JobAttribute? method, JobOptions? given)
    {
        JobOptions options = method is not null ? JobDefaults.Merge(method, given) : given ?? s_defaults;
        JobOptionsCheck.All(options);
        return options;
    }

    public static JobShape Of(JobHome home, JobOptions options)
    {
        var fields = new List<RedisValue>(12);

        void Set(string name, RedisValue value)
        {
            fields.Add(name);
            fields.Add(value);
        }

        Set(JobFields.Origin, home.Name);
        Set(JobFields.Timeout, RqTime.Seconds(options.Timeout ?? home.DefaultTimeout));
        Set(JobFields.OnAbandoned, options.OnAbandoned == AbandonedJob.Requeue ? "requeue" : "fail");
        if (options.ResultTtl is { } resultTtl)
            Set(JobFields.ResultTtl, RqTime.Seconds(resultTtl));
        if (options.FailureTtl is { } failureTtl)
            Set(JobFields.FailureTtl, RqTime.Seconds(failureTtl));
        if (options.Ttl is { } ttl)
            Set(JobFields.Ttl, RqTime.Seconds(ttl));
        if (options.Retry is { } retry)
            SetRetry(Set, retry);
        if (options.Repeat is { } repeat)
            SetRepeat(Set, repeat);
        SetCallback(Set, options.OnSuccess, JobFields.SuccessCallbackName, JobFields.SuccessCallbackTimeout);
        SetCallback(Set, options.OnFailure, JobFields.FailureCallbackName, JobFields.FailureCallbackTimeout);
        SetCallback(Set, options.OnStopped, JobFields.StoppedCallbackName, JobFields.StoppedCallbackTimeout);
        if (options.Webhooks is { Count: > 0 } webhooks)
            Set(JobFields.Webhooks, WebhookText.Write(webhooks));
        options.Callback?.Write(Set);
        if (options.Group is { } group)
            Set(JobFields.GroupId, group);
        if (options.RateLimit is { } limit)
        {
            Set(JobFields.RateLimitKey, limit.Key);
            Set(JobFields.RateLimitConcurrency, limit.Concurrency);
        }

        return new JobShape(home.Queue!, options, [.. fields]);
    }

    private static void SetRetry(Action<string, RedisValue> set, Retry retry)
    {
        set(JobFields.RetriesLeft, retry.Max);
        set(JobFields.RetryIntervals, JsonSerializer.Serialize(Intervals.ForRetries(retry.Intervals, retry.Max)));
        if (retry.AtFront)
            set(JobFields.EnqueueAtFrontOnRetry, 1);
        if (retry.Stored is not null || retry.OnlyOn.Count + retry.NeverOn.Count > 0)
            set(JobFields.RetryRule, RetryRule.Write(retry));
    }

    private static void SetRepeat(Action<string, RedisValue> set, Repeat repeat)
    {
        set(JobFields.RepeatsLeft, repeat.Times ?? EndlessRepeats.Stored);
        set(JobFields.RepeatIntervals, JsonSerializer.Serialize(Intervals.ForRepeats(repeat.Intervals, repeat.Times ?? 1)));
        if (repeat.Until is { } until)
            set(JobFields.RepeatUntil, RqTime.Unix(until));
    }

    private static void SetCallback(Action<string, RedisValue> set, Callback? callback, string name, string timeout)
    {
        if (callback is null)
            return;
        set(name, callback.Function);
        set(timeout, RqTime.Seconds(callback.Timeout));
    }
}
