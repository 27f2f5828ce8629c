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
    /// <summary>What the parts of a job that are not measured take at most: its key, its times, lengths.</summary>
    private const int Overhead = 200;

    /// <summary>The jobs that are its callbacks and are enqueued in the same step.</summary>
    public IReadOnlyList<NewJob> Callbacks { get; private init; } = [];

    /// <summary>All that is enqueued for some jobs: each job, and right behind it its callbacks.</summary>
    public static Enqueue.Item[] ItemsOf(IReadOnlyList<NewJob> jobs)
    {
        int count = jobs.Count;
        for (int i = 0; i < jobs.Count; i++)
            count += jobs[i].Callbacks.Count;
        var items = new Enqueue.Item[count];
        int at = 0;
        for (int i = 0; i < jobs.Count; i++)
        {
            items[at++] = jobs[i].Item;
            foreach (NewJob callback in jobs[i].Callbacks)
                items[at++] = callback.Item;
        }

        return items;
    }

    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static NewJob Create(Queue queue, JobCall call, JobOptions? options)
    {
        JobShape shape = queue.Shapes.Of(queue.Home, call.Method, options);
        return Create(queue.Home, call, shape.Options, shape);
    }

    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static NewJob Create(JobHome home, JobCall call, JobOptions? options)
    {
        JobOptions all = JobShape.OptionsOf(call.Method, options);
        return Create(home, call, all, JobShape.Of(home, all));
    }

    /// <summary>What all jobs of a cron schedule have in common, see <see cref="Template"/>.</summary>
    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static NewJob CreateTemplate(Queue queue, string schedule, JobCall call, JobOptions? options)
    {
        JobOptions all = JobShape.OptionsOf(call.Method, options);
        return Create(queue.Home, call, all, JobShape.Of(queue.Home, all), schedule);
    }

    private static NewJob Create(JobHome home, JobCall call, JobOptions options, JobShape shape, string? schedule = null)
    {
        string id = options.Id ?? Tokens.NewJobId();
        string token = options.Id is null ? "" : Tokens.New();
        IReadOnlyList<NewJob> callbacks = [];
        // A caller that runs its job itself calls its own methods.
        if (home.Queue is { IsAsync: true } queue && EnqueuedCallbacks.Any(call, options))
        {
            callbacks = EnqueuedCallbacks.Create(queue, id, token, call, options);
            options = EnqueuedCallbacks.WithoutThem(call, options);
            shape = JobShape.Of(home, options);
        }

        JobSerializer serializer = options.Serializer ?? home.Serializer;
        home.Queue?.Connection.Serializers.Add(serializer);
        DateTimeOffset now = home.Time.GetUtcNow();
        DateTimeOffset? due = options.DueAt ?? now + options.DueIn;
        var size = new JobSize(home.MaxJobSize, call);
        var place = PayloadContext.OfCall(schedule ?? id, shape.Fields, schedule is null ? PayloadKind.Call : PayloadKind.CronCall);
        byte[] data = size.Compacted(CallData.Serialize(call, serializer, place, out int length), length);
        string description = !string.IsNullOrEmpty(options.Description) ? options.Description
            : SerializerSet.Hides(serializer) ? $"{call.Function}(…)" : CallText.Describe(call);
        IReadOnlyList<string> parents = options.DependsOn is { } waitsFor ? ParentsOf(waitsFor, home) : [];
        RedisValue[] own = options is { Id: null, Meta: null, DependsOn: null, RateLimit: null } && due is null
            ? call.RedactedText is null ? [] : [JobFields.Redacted, 1]
            : OwnFields(options, options.Meta is { Count: > 0 } meta ? MetaOf(meta, serializer, place.WithMeta, size) : null, parents, due, token, call.RedactedText is not null);
        return new NewJob(new Enqueue.Item(shape, id, token, RqTime.Timestamp(now), due, parents, data, description, own)) { Callbacks = callbacks };
    }

    private static byte[] MetaOf(IReadOnlyDictionary<string, object?> meta, JobSerializer serializer, in PayloadContext place, JobSize size)
    {
        byte[] written = serializer.Write(DataTree.From(meta.ToDictionary()), place, out int length);
        return size.Counted(written, length);
    }

    /// <summary>A job whose hash was written out before, but for when it is made.</summary>
    /// <param name="queue">Where it goes.</param>
    /// <param name="id">Its id.</param>
    /// <param name="schedule">The cron schedule that it is of.</param>
    /// <param name="template">The fields of its hash: name, value, name, value …; see <see cref="Template"/>.</param>
    /// <param name="options">What the script must know of its options.</param>
    /// <param name="more">Fields of this job alone.</param>
    /// <exception cref="UnreadableDataException">What is signed or encrypted of it was changed, or is of another schedule.</exception>
    public static NewJob FromTemplate(Queue queue, string id, string schedule, IEnumerable<RedisValue> template, JobOptions options, params ReadOnlySpan<(string Name, RedisValue Value)> more)
    {
        string created = RqTime.Timestamp(queue.Connection.TimeProvider.GetUtcNow());
        string token = Tokens.New();
        string[] parents = [.. (options.DependsOn ?? Enumerable.Empty<JobReference>()).Select(parent => parent.Id)];
        var own = new List<RedisValue> { JobFields.EnqueueToken, token };
        if (options.DependsOn is { } dependency)
        {
            AddDependency(own, dependency, parents);
            if (options.AtFront)
                own.AddRange([JobFields.EnqueueAtFront, true]);
        }

        foreach ((string name, RedisValue value) in more)
            own.AddRange([name, value]);
        RedisValue data = RedisValue.Null, description = RedisValue.Null;
        var fields = new List<RedisValue>();
        RedisValue[] all = [.. template];
        SerializerSet serializers = queue.Connection.Serializers;
        PayloadContext from = PayloadContext.OfCall(schedule, all, PayloadKind.CronCall), to = PayloadContext.OfCall(id, all);
        foreach (RedisValue[] field in all.Chunk(2))
        {
            if (field[0] == JobFields.Data)
                data = serializers.Move(field[1], from, to);
            else if (field[0] == JobFields.Description)
                description = field[1];
            else if (field[0] == JobFields.Meta)
                fields.AddRange([field[0], serializers.Move(field[1], from.WithMeta, to.WithMeta)]);
            else
                fields.AddRange(field);
        }

        return new NewJob(new Enqueue.Item(new JobShape(queue, options, [.. fields]), id, token, created, null, parents, data, description, own));
    }

    /// <summary>The fields that every job made with the same call and options has.</summary>
    public IEnumerable<RedisValue> Template => Item.Fields.Chunk(2).Where(pair => pair[0] != JobFields.CreatedAt).SelectMany(pair => pair);

    /// <summary>About how many bytes it brings to the server.</summary>
    public long Size
    {
        get
        {
            long size = Overhead + Item.Shape.Size + Item.Data.Length() + Item.Description.Length();
            foreach (RedisValue value in Item.Own)
                size += value.Length();
            foreach (NewJob callback in Callbacks)
                size += callback.Size;
            return size;
        }
    }

    /// <summary>The job's hash as it is right after the call.</summary>
    public JobHash ToHash(JobStatus status) => new(Item.Id, () =>
    {
        List<RedisValue> flat = [.. Item.Fields, JobFields.Status, status.ToText()];
        if (status is JobStatus.Queued or JobStatus.Started)
            flat.AddRange([JobFields.EnqueuedAt, Item.EnqueuedAt]);
        if (status == JobStatus.Started)
            flat.AddRange([JobFields.StartedAt, Item.EnqueuedAt, JobFields.LastExecution, Item.Execution, JobFields.WorkerName, "sync"]);
        return flat;
    });

    /// <summary>The job as it is right after the call.</summary>
    public Job ToJob(RqConnection? connection, JobStatus status) => new(connection, ToHash(status), status);

    /// <exception cref="ArgumentException">One is where it would never be found: the dependency would count as met.</exception>
    private static string[] ParentsOf(Dependency dependency, JobHome home)
    {
        if (home.Queue?.Connection is { } here && dependency.FirstOrDefault(parent => parent.Connection?.SharesNamespaceWith(here) == false) is { Connection: { } there } stranger)
        {
            throw new ArgumentException(
                $"Job '{stranger.Id}' is in another namespace ({there.NamespaceText}) than queue '{home.Queue.Name}' ({here.NamespaceText}), where no job can wait for it. " +
                "Enqueue both in one namespace, or have the first job enqueue the second one.");
        }

        return [.. dependency.Select(parent => parent.Id).Distinct()];
    }

    private static RedisValue[] OwnFields(JobOptions options, byte[]? meta, IReadOnlyList<string> parents, DateTimeOffset? due, string token, bool isRedacted)
    {
        var own = new List<RedisValue>(12);
        if (isRedacted)
            own.AddRange([JobFields.Redacted, 1]);
        if (meta is not null)
            own.AddRange([JobFields.Meta, meta]);
        if (options.DependsOn is { } dependency)
            AddDependency(own, dependency, parents);
        // A job that is pushed at once needs no note; one that is pushed by somebody else does.
        bool isPushedLater = due is not null || options.RateLimit is not null || options.DependsOn is not null;
        if (isPushedLater && (options.AtFront || options.DependsOn is { AtFront: true }))
            own.AddRange([JobFields.EnqueueAtFront, true]);
        if (due is { } time && options.DependsOn is not null)
            own.AddRange([JobFields.Due, RqTime.Unix(time)]);
        if (token.Length > 0)
            own.AddRange([JobFields.EnqueueToken, token]);
        return [.. own];
    }

    private static void AddDependency(List<RedisValue> fields, Dependency dependency, IReadOnlyList<string> parents)
    {
        fields.AddRange([
            JobFields.DependencyIds, JsonSerializer.Serialize(parents), JobFields.DependencyId, parents[0],
            JobFields.AllowDependencyFailures, dependency.AllowFailure]);
        if (dependency.IfUnmet.ToText() is { } policy)
            fields.AddRange([JobFields.IfUnmet, policy]);
    }
}
