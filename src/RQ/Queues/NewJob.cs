using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using RQ.Functions;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Queues;

/// <summary>A job about to be enqueued: its options checked, its hash written out.</summary>
internal sealed record NewJob(Enqueue.Item Item)
{
    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static NewJob Create(Queue queue, JobCall call, JobOptions? options, TimeSpan defaultTimeout)
    {
        options = call.Method is { } method ? JobDefaults.Merge(method, options) : options ?? s_defaults;
        JobOptionsCheck.All(options);
        string created = RqTime.Timestamp(queue.Connection.TimeProvider.GetUtcNow());
        var fields = new List<RedisValue>(40);

        void Set(string name, RedisValue value)
        {
            fields.Add(name);
            fields.Add(value);
        }

        Set(JobFields.CreatedAt, created);
        var size = new JobSize(queue.Connection.MaxJobSize, call);
        Set(JobFields.Data, size.Compressed(CallData.Serialize(call, queue.Serializer)));
        Set(JobFields.Origin, queue.Name);
        Set(JobFields.Description, string.IsNullOrEmpty(options.Description) ? CallText.Describe(call) : options.Description);
        Set(JobFields.Timeout, RqTime.Seconds(options.Timeout ?? defaultTimeout));
        if (options.OnAbandoned == AbandonedJob.Requeue)
            Set(JobFields.OnAbandoned, "requeue");
        else
            Set(JobFields.OnAbandoned, "fail");
        if (options.ResultTtl is { } resultTtl)
            Set(JobFields.ResultTtl, RqTime.Seconds(resultTtl));
        if (options.FailureTtl is { } failureTtl)
            Set(JobFields.FailureTtl, RqTime.Seconds(failureTtl));
        if (options.Ttl is { } ttl)
            Set(JobFields.Ttl, RqTime.Seconds(ttl));
        if (options.Meta is { Count: > 0 } meta)
            Set(JobFields.Meta, size.Counted(queue.Serializer.Write(DataTree.From(meta.ToDictionary()))));
        if (options.Retry is { } retry)
            SetRetry(Set, retry);
        if (options.Repeat is { } repeat)
            SetRepeat(Set, repeat);
        SetCallback(Set, options.OnSuccess, JobFields.SuccessCallbackName, JobFields.SuccessCallbackTimeout);
        SetCallback(Set, options.OnFailure, JobFields.FailureCallbackName, JobFields.FailureCallbackTimeout);
        SetCallback(Set, options.OnStopped, JobFields.StoppedCallbackName, JobFields.StoppedCallbackTimeout);
        if (options.Webhooks is { Count: > 0 } webhooks)
            Set(JobFields.Webhooks, WebhookText.Write(webhooks));
        if (options.RateLimit is { } limit)
        {
            Set(JobFields.RateLimitKey, limit.Key);
            Set(JobFields.RateLimitConcurrency, limit.Concurrency);
        }

        if (options.Group is { } group)
            Set(JobFields.GroupId, group);
        string[] parents = options.DependsOn?.Select(parent => parent.Id).Distinct().ToArray() ?? [];
        if (options.DependsOn is { } dependency)
            SetDependency(Set, dependency, parents);

        string token = "";
        if (options.Id is not null)
            Set(JobFields.EnqueueToken, token = Convert.ToBase64String(RandomNumberGenerator.GetBytes(9)));
        string id = options.Id ?? Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture);
        return new NewJob(new Enqueue.Item(
            id, token, options.AtFront || options.DependsOn is { AtFront: true }, options.Ttl is { } wait ? RqTime.Seconds(wait) : null,
            options.DependsOn is { AllowFailure: true }, created, parents, fields));
    }

    /// <summary>About how many bytes it brings to the server.</summary>
    public long Size => Item.Fields.Sum(value => value.Length());

    /// <summary>The job's hash as it is right after the call.</summary>
    public JobHash ToHash(JobStatus status)
    {
        var flat = new List<RedisValue>(Item.Fields) { JobFields.Status, status.ToText() };
        if (status == JobStatus.Queued)
            flat.AddRange([JobFields.EnqueuedAt, Item.EnqueuedAt]);
        return JobHash.Read(Item.Id, RedisResult.Create(flat.ToArray()));
    }

    private static readonly JobOptions s_defaults = new();

    private static void SetRetry(Action<string, RedisValue> set, Retry retry)
    {
        set(JobFields.RetriesLeft, retry.Max);
        set(JobFields.RetryIntervals, JsonSerializer.Serialize(Intervals.ForRetries(retry.Intervals, retry.Max)));
        if (retry.AtFront)
            set(JobFields.EnqueueAtFrontOnRetry, 1);
        if (retry.OnlyOn.Count + retry.NeverOn.Count > 0)
            set(JobFields.RetryRule, RetryRule.Write(retry));
    }

    private static void SetRepeat(Action<string, RedisValue> set, Repeat repeat)
    {
        set(JobFields.RepeatsLeft, repeat.Times);
        set(JobFields.RepeatIntervals, JsonSerializer.Serialize(Intervals.ForRepeats(repeat.Intervals, repeat.Times)));
    }

    private static void SetCallback(Action<string, RedisValue> set, Callback? callback, string name, string timeout)
    {
        if (callback is null)
            return;
        set(name, callback.Function);
        set(timeout, RqTime.Seconds(callback.Timeout));
    }

    private static void SetDependency(Action<string, RedisValue> set, Dependency dependency, string[] parents)
    {
        set(JobFields.DependencyIds, JsonSerializer.Serialize(parents));
        set(JobFields.DependencyId, parents[0]);
        set(JobFields.AllowDependencyFailures, dependency.AllowFailure);
        if (dependency.AtFront)
            set(JobFields.EnqueueAtFront, true);
        if (dependency.IfUnmet != UnmetDependency.Wait)
            set(JobFields.IfUnmet, dependency.IfUnmet switch { UnmetDependency.Run => "run", UnmetDependency.Fail => "fail", _ => "cancel" });
    }
}
