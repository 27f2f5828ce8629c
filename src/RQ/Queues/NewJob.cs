using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
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
        options ??= s_defaults;
        JobOptionsCheck.All(options);
        string created = RqTime.Timestamp(queue.Connection.TimeProvider.GetUtcNow());
        var fields = new List<RedisValue>(40);

        void Set(string name, RedisValue value)
        {
            fields.Add(name);
            fields.Add(value);
        }

        Set(JobFields.CreatedAt, created);
        Set(JobFields.Data, CallData.Write(call, queue.Serializer));
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
            Set(JobFields.Meta, queue.Serializer.Serialize(DataTree.From(meta.ToDictionary())));
        if (options.Retry is { } retry)
            SetRetry(Set, retry);
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

    // RQ's workers use the first value of a list that is too short several times; ours is written out, so that every
    // worker waits in the order the user wrote.
    private static void SetRetry(Action<string, RedisValue> set, Retry retry)
    {
        var intervals = new long[Math.Max(retry.Max, 1)];
        for (int i = 0; i < intervals.Length; i++)
            intervals[i] = RqTime.Seconds(retry.Intervals[Math.Min(i, retry.Intervals.Count - 1)]);
        set(JobFields.RetriesLeft, retry.Max);
        set(JobFields.RetryIntervals, JsonSerializer.Serialize(intervals));
        if (retry.AtFront)
            set(JobFields.EnqueueAtFrontOnRetry, 1);
    }

    private static void SetDependency(Action<string, RedisValue> set, Dependency dependency, string[] parents)
    {
        set(JobFields.DependencyIds, JsonSerializer.Serialize(parents));
        set(JobFields.DependencyId, parents[0]);
        set(JobFields.AllowDependencyFailures, dependency.AllowFailure);
        if (dependency.AtFront)
            set(JobFields.EnqueueAtFront, true);
    }
}
