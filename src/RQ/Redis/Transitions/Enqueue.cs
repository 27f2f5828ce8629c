using RQ.Jobs;
using RQ.Queues;
using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// The transition <i>enqueue</i>: nothing → queued; or deferred while a dependency is unmet, scheduled until it is due, rate
/// limited while its limit is reached, started when its caller runs it.
/// </summary>
internal static class Enqueue
{
    /// <summary>When at the latest the caller that runs its job must have given its first sign of life.</summary>
    public static readonly TimeSpan FirstBeat = TimeSpan.FromSeconds(30);

    private static readonly Script s_script = Script.Load("enqueue");

    /// <summary>One job to enqueue.</summary>
    /// <param name="Shape">Its queue, what was asked for, and the fields that it shares with others.</param>
    /// <param name="Id">Its id.</param>
    /// <param name="Token">Random, when the caller chose the id; empty when the id itself is fresh. Makes the call safe to repeat.</param>
    /// <param name="EnqueuedAt">When it is made, and queued if it is.</param>
    /// <param name="Due">When it is due; <c>null</c> for now.</param>
    /// <param name="Parents">Ids of the jobs it waits for.</param>
    /// <param name="Data">The call.</param>
    /// <param name="Description">The text that people see.</param>
    /// <param name="Own">Other fields that are this job's alone: name, value, name, value …</param>
    internal sealed record Item(
        JobShape Shape, string Id, string Token, string EnqueuedAt, DateTimeOffset? Due, IReadOnlyList<string> Parents, RedisValue Data, RedisValue Description, IReadOnlyList<RedisValue> Own)
    {
        public Queue Queue => Shape.Queue;

        public JobOptions Options => Shape.Options;

        /// <summary>The hash, without status and enqueued_at: name, value, name, value …</summary>
        public IReadOnlyList<RedisValue> Fields =>
        [
            JobFields.CreatedAt, EnqueuedAt, .. Data.IsNull ? [] : (RedisValue[])[JobFields.Data, Data],
            .. Description.IsNull ? [] : (RedisValue[])[JobFields.Description, Description], .. Shape.Fields, .. Own,
        ];

        /// <summary>The execution, when its caller runs it at once; empty for workers'.</summary>
        public string Execution { get; init; } = "";

        /// <summary>The turn of a cron schedule that the job is for; then it is the only one of its call.</summary>
        public CronTurn? Turn { get; init; }
    }

    /// <summary>Enqueues the job of a cron schedule and moves the schedule on, in one step; sending it again changes nothing.</summary>
    public static async Task<CronFired> FireAsync(RqConnection rq, Item item)
    {
        RedisResult[] answer = await DeclaredKeys.ExecuteAsync(rq, Build(rq, [item])).ConfigureAwait(false);
        switch ((string?)answer[0])
        {
            case "stale":
                return CronFired.Stale;
            case "early":
                return CronFired.Early;
            case "ran":
                return CronFired.Ran;
            default:
                JobStatus status = (await ReadAsync(rq, answer).ConfigureAwait(false))[0];
                return new CronFired(CronVerdict.Enqueued, status);
        }
    }

    /// <summary>Enqueues all or none, in one call; sending it again changes nothing.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="items">The jobs.</param>
    /// <returns>The status of each job.</returns>
    /// <exception cref="JobIsRunningException">A job under one of the ids runs now.</exception>
    /// <exception cref="DuplicateJobException">A job that was to be unique is there already.</exception>
    /// <exception cref="QueueFullException">A queue with a maximum length has no room for all.</exception>
    /// <exception cref="DependencyCycleException">A job would wait for itself.</exception>
    public static async Task<JobStatus[]> ExecuteAsync(RqConnection rq, IReadOnlyList<Item> items) => items.All(EnqueuePlain.Fits)
        ? await EnqueuePlain.ExecuteAsync(rq, items).ConfigureAwait(false)
        : await ReadAsync(rq, await DeclaredKeys.ExecuteAsync(rq, Build(rq, items)).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>The same for what a program has asked for: waits for what the connection's options say about durability.</summary>
    /// <inheritdoc cref="ExecuteAsync"/>
    /// <returns>The status of each job, and whether they are confirmed.</returns>
    public static async Task<Stored> StoreAsync(RqConnection rq, IReadOnlyList<Item> items)
    {
        if (items.All(EnqueuePlain.Fits))
            return await EnqueuePlain.StoreAsync(rq, items).ConfigureAwait(false);
        (RedisResult[] answer, string? missing) = await DeclaredKeys.StoreAsync(rq, Build(rq, items)).ConfigureAwait(false);
        return new Stored(await ReadAsync(rq, answer).ConfigureAwait(false), missing);
    }

    /// <summary>What became of jobs that a program has enqueued.</summary>
    /// <param name="Statuses">The status of each.</param>
    /// <param name="Missing">What is missing to their confirmation, for people; <c>null</c> for nothing.</param>
    internal readonly record struct Stored(JobStatus[] Statuses, string? Missing);

    private static async Task<JobStatus[]> ReadAsync(RqConnection rq, RedisResult[] answer)
    {
        switch ((string?)answer[0])
        {
            case "ok":
                await Release.FollowUpAsync(rq, (string[])answer[2]!, (string[])answer[3]!).ConfigureAwait(false);
                return [.. ((RedisResult[])answer[1]!).Select(status => JobStatusText.Parse((string?)status))];
            case "running":
                throw new JobIsRunningException((string)answer[1]!);
            case "duplicate":
                throw new DuplicateJobException((string)answer[1]!, JobStatusText.Parse((string?)answer[2]));
            case "full":
                throw new QueueFullException((string)answer[1]!, (long)answer[2], (long)answer[3]);
            case "cycle":
                throw new DependencyCycleException((string)answer[1]!, (string)answer[2]!);
            default:
                throw new RqException($"The server answered '{answer[0]}' to an enqueue, which is not understood.");
        }
    }

    private static ScriptCall Build(RqConnection rq, IReadOnlyList<Item> items)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        Queue[] queues = items.Count == 1 ? [items[0].Queue] : [.. items.Select(item => item.Queue).DistinctBy(queue => queue.Name)];
        call.Keys.AddRange([keys.Queues, keys.Groups, keys.Releasing]);
        call.Arguments.AddRange([keys.Prefix, !rq.Capabilities.LocksDeclaredOnly, items[0].Turn is not null, queues.Length, items.Count]);
        foreach (Queue queue in queues)
        {
            call.Keys.AddRange([keys.Queue(queue.Name), keys.Deferred(queue.Name), keys.Scheduled(queue.Name), keys.Started(queue.Name)]);
            call.Arguments.Add(queue.MaxLength ?? RedisValue.EmptyString);
        }

        if (items[0].Turn is { } turn)
        {
            call.Keys.AddRange([keys.CronSchedule(turn.Name), keys.CronDue, keys.CronJobs(turn.Name), keys.CronChanges]);
            call.Arguments.AddRange([turn.Name, items[0].Token, turn.Version, turn.SlotText, turn.Step.Skipped, turn.Step.NextText, turn.NextDueText]);
        }

        foreach (Item item in items)
            Add(call, keys, item, Array.FindIndex(queues, queue => queue.Name == item.Queue.Name) + 1);
        return call;
    }

    private static void Add(ScriptCall call, Keys keys, Item item, int queueNumber)
    {
        JobOptions options = item.Options;
        call.Keys.Add(keys.Job(item.Id));
        call.Arguments.AddRange([
            queueNumber, item.Id, item.Token, item.Shape.AtFront, item.Shape.Ttl, options.DependsOn is { AllowFailure: true },
            options.DependsOn?.IfUnmet.ToText() ?? "", item.EnqueuedAt,
            options.Unique switch { UniqueJob.WhileStored => "stored", UniqueJob.WhileActive => "active", _ => "" },
            item.Due is { } due ? RqTime.Unix(due) : "", options.Group ?? "", options.RateLimit?.Key ?? "", options.RateLimit?.Concurrency ?? 0,
            item.Execution, item.Parents.Count]);
        foreach (string parent in item.Parents)
        {
            call.Keys.Add(keys.Job(parent));
            call.Arguments.Add(parent);
        }

        IReadOnlyList<RedisValue> fields = item.Fields;
        call.Arguments.Add(fields.Count);
        call.Arguments.AddRange(fields);
    }
}
