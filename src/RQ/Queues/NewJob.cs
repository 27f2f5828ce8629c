using System.Globalization;
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
    private static readonly JobOptions s_defaults = new();

    /// <summary>The jobs that are its callbacks and are enqueued in the same step.</summary>
    public IReadOnlyList<NewJob> Callbacks { get; private init; } = [];

    /// <summary>All that is enqueued for some jobs: each job, and right behind it its callbacks.</summary>
    public static Enqueue.Item[] ItemsOf(IReadOnlyList<NewJob> jobs)
    {
        if (jobs is [{ Callbacks.Count: 0 } one])
            return [one.Item];
        var items = new List<Enqueue.Item>(jobs.Count);
        foreach (NewJob job in jobs)
        {
            items.Add(job.Item);
            foreach (NewJob callback in job.Callbacks)
                items.Add(callback.Item);
        }

        return [.. items];
    }

    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static NewJob Create(Queue queue, JobCall call, JobOptions? options) =>
        Create(new JobHome(queue, queue.Name, queue.Serializer, queue.DefaultTimeout, queue.Connection.TimeProvider, queue.Connection.MaxJobSize), call, options);

    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static NewJob Create(JobHome home, JobCall call, JobOptions? options)
    {
        options = call.Method is { } method ? JobDefaults.Merge(method, options) : options ?? s_defaults;
        JobOptionsCheck.All(options);
        string id = options.Id ?? Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture);
        string token = options.Id is null ? "" : Tokens.New();
        IReadOnlyList<NewJob> callbacks = [];
        // A caller that runs its job itself calls its own methods.
        if (home.Queue is { IsAsync: true } queue && EnqueuedCallbacks.Any(call, options))
        {
            callbacks = EnqueuedCallbacks.Create(queue, id, token, call, options);
            options = EnqueuedCallbacks.WithoutThem(call, options);
        }

        JobSerializer serializer = options.Serializer ?? home.Serializer;
        home.Queue?.Connection.Serializers.Add(serializer);
        DateTimeOffset now = home.Time.GetUtcNow();
        DateTimeOffset? due = options.DueAt ?? now + options.DueIn;
        string created = RqTime.Timestamp(now);
        string[] parents = options.DependsOn?.Select(parent => parent.Id).Distinct().ToArray() ?? [];
        var fields = new List<RedisValue>(40);

        void Set(string name, RedisValue value)
        {
            fields.Add(name);
            fields.Add(value);
        }

        Set(JobFields.CreatedAt, created);
        var size = new JobSize(home.MaxJobSize, call);
        Set(JobFields.Data, size.Compressed(CallData.Serialize(call, serializer)));
        Set(JobFields.Origin, home.Name);
        Set(JobFields.Description, string.IsNullOrEmpty(options.Description) ? CallText.Describe(call) : options.Description);
        Set(JobFields.Timeout, RqTime.Seconds(options.Timeout ?? home.DefaultTimeout));
        Set(JobFields.OnAbandoned, options.OnAbandoned == AbandonedJob.Requeue ? "requeue" : "fail");
        SetTtls(Set, options);
        if (options.Meta is { Count: > 0 } meta)
            Set(JobFields.Meta, size.Counted(serializer.Write(DataTree.From(meta.ToDictionary()))));
        if (options.Retry is { } retry)
            SetRetry(Set, retry);
        if (options.Repeat is { } repeat)
            SetRepeat(Set, repeat);
        if (options.DependsOn is { } dependency)
            SetDependency(Set, dependency, parents);
        SetHooks(Set, options);
        SetPlace(Set, options, due);

        if (token.Length > 0)
            Set(JobFields.EnqueueToken, token);
        return new NewJob(new Enqueue.Item(home.Queue!, id, token, options, created, due, parents, fields)) { Callbacks = callbacks };
    }

    /// <summary>A job whose hash was written out before, but for when it is made.</summary>
    /// <param name="queue">Where it goes.</param>
    /// <param name="id">Its id.</param>
    /// <param name="template">The fields of its hash: name, value, name, value …; see <see cref="Template"/>.</param>
    /// <param name="options">What the script must know of its options.</param>
    /// <param name="more">Fields of this job alone.</param>
    public static NewJob FromTemplate(Queue queue, string id, IEnumerable<RedisValue> template, JobOptions options, params ReadOnlySpan<(string Name, RedisValue Value)> more)
    {
        string created = RqTime.Timestamp(queue.Connection.TimeProvider.GetUtcNow());
        string token = Tokens.New();
        string[] parents = [.. (options.DependsOn ?? Enumerable.Empty<JobReference>()).Select(parent => parent.Id)];
        List<RedisValue> fields = [JobFields.CreatedAt, created, .. template, JobFields.EnqueueToken, token];

        void Set(string name, RedisValue value) => fields.AddRange([name, value]);

        if (options.DependsOn is { } dependency)
        {
            SetDependency(Set, dependency, parents);
            if (options.AtFront)
                Set(JobFields.EnqueueAtFront, true);
        }

        foreach ((string name, RedisValue value) in more)
            Set(name, value);
        return new NewJob(new Enqueue.Item(queue, id, token, options, created, null, parents, fields));
    }

    /// <summary>The fields that every job made with the same call and options has.</summary>
    public IEnumerable<RedisValue> Template => Item.Fields.Chunk(2).Where(pair => pair[0] != JobFields.CreatedAt).SelectMany(pair => pair);

    /// <summary>About how many bytes it brings to the server.</summary>
    public long Size
    {
        get
        {
            long size = 0;
            foreach (RedisValue value in Item.Fields)
                size += value.Length();
            foreach (NewJob callback in Callbacks)
                size += callback.Size;
            return size;
        }
    }

    /// <summary>The job's hash as it is right after the call.</summary>
    public JobHash ToHash(JobStatus status)
    {
        var flat = new List<RedisValue>(Item.Fields) { JobFields.Status, status.ToText() };
        if (status is JobStatus.Queued or JobStatus.Started)
            flat.AddRange([JobFields.EnqueuedAt, Item.EnqueuedAt]);
        if (status == JobStatus.Started)
            flat.AddRange([JobFields.StartedAt, Item.EnqueuedAt, JobFields.LastExecution, Item.Execution, JobFields.WorkerName, "sync"]);
        return JobHash.Read(Item.Id, RedisResult.Create(flat.ToArray()));
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

    private static void SetTtls(Action<string, RedisValue> set, JobOptions options)
    {
        if (options.ResultTtl is { } resultTtl)
            set(JobFields.ResultTtl, RqTime.Seconds(resultTtl));
        if (options.FailureTtl is { } failureTtl)
            set(JobFields.FailureTtl, RqTime.Seconds(failureTtl));
        if (options.Ttl is { } ttl)
            set(JobFields.Ttl, RqTime.Seconds(ttl));
    }

    private static void SetHooks(Action<string, RedisValue> set, JobOptions options)
    {
        SetCallback(set, options.OnSuccess, JobFields.SuccessCallbackName, JobFields.SuccessCallbackTimeout);
        SetCallback(set, options.OnFailure, JobFields.FailureCallbackName, JobFields.FailureCallbackTimeout);
        SetCallback(set, options.OnStopped, JobFields.StoppedCallbackName, JobFields.StoppedCallbackTimeout);
        if (options.Webhooks is { Count: > 0 } webhooks)
            set(JobFields.Webhooks, WebhookText.Write(webhooks));
        options.Callback?.Write(set);
    }

    private static void SetPlace(Action<string, RedisValue> set, JobOptions options, DateTimeOffset? due)
    {
        if (options.Group is { } group)
            set(JobFields.GroupId, group);
        if (options.RateLimit is { } limit)
        {
            set(JobFields.RateLimitKey, limit.Key);
            set(JobFields.RateLimitConcurrency, limit.Concurrency);
        }

        // A job that is pushed at once needs no note; one that is pushed by somebody else does.
        bool isPushedLater = due is not null || options.RateLimit is not null || options.DependsOn is not null;
        if (isPushedLater && (options.AtFront || options.DependsOn is { AtFront: true }))
            set(JobFields.EnqueueAtFront, true);
        if (due is { } time && options.DependsOn is not null)
            set(JobFields.Due, RqTime.Unix(time));
    }

    private static void SetDependency(Action<string, RedisValue> set, Dependency dependency, string[] parents)
    {
        set(JobFields.DependencyIds, JsonSerializer.Serialize(parents));
        set(JobFields.DependencyId, parents[0]);
        set(JobFields.AllowDependencyFailures, dependency.AllowFailure);
        if (dependency.IfUnmet.ToText() is { } policy)
            set(JobFields.IfUnmet, policy);
    }
}
