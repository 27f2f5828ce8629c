using RQ.Queues;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// The transition <i>enqueue</i> for jobs that nothing holds back and whose ids are fresh: nothing → queued. By far the most are such.
/// </summary>
internal static class EnqueuePlain
{
    private static readonly Script s_script = Script.Load("enqueue_plain");

    /// <summary>Whether nothing but the queue's list has to be looked at.</summary>
    public static bool Fits(Enqueue.Item item) =>
        item.Token.Length == 0 && item.Execution.Length == 0 && item.Due is null && item.Parents.Count == 0 && item.Turn is null
        && item.Options is { Group: null, RateLimit: null } && item.Queue.MaxLength is null;

    /// <summary>Enqueues all or none, in one call; sending it again changes nothing.</summary>
    /// <inheritdoc cref="Enqueue.ExecuteAsync"/>
    public static async Task<JobStatus[]> ExecuteAsync(RqConnection rq, IReadOnlyList<Enqueue.Item> items) =>
        ReadAll(await rq.SendAsync(Build(rq, items, all: true)).ConfigureAwait(false), items.Count);

    /// <inheritdoc cref="Enqueue.StoreAsync"/>
    public static async Task<Enqueue.Stored> StoreAsync(RqConnection rq, IReadOnlyList<Enqueue.Item> items)
    {
        ConfirmedCalls.Stored stored = await rq.StoreAsync(Build(rq, items, all: true)).ConfigureAwait(false);
        return new Enqueue.Stored(ReadAll(stored.Result, items.Count), stored.Missing);
    }

    /// <summary>Enqueues in one call what different callers want; sending it again changes nothing.</summary>
    /// <exception cref="RedisServerException">None was enqueued.</exception>
    public static async Task<Each> ExecuteEachAsync(RqConnection rq, IReadOnlyList<Enqueue.Item> items)
    {
        ConfirmedCalls.Stored stored = await rq.StoreAsync(Build(rq, items, all: items.Count == 1)).ConfigureAwait(false);
        return new Each(Read(stored.Result, items.Count), stored.Missing);
    }

    /// <summary>What became of the jobs of different callers.</summary>
    /// <param name="Statuses"><c>null</c>: all are queued. Else the status of each job; <c>null</c> for one that was refused, which says why when it is sent by itself.</param>
    /// <param name="Missing">What is missing to the confirmation of those that are stored; <c>null</c> for nothing.</param>
    internal readonly record struct Each(JobStatus?[]? Statuses, string? Missing);

    private static JobStatus[] ReadAll(RedisResult answer, int count)
    {
        JobStatus?[]? others = Read(answer, count);
        var statuses = new JobStatus[count];
        for (int i = 0; i < count; i++)
            statuses[i] = others?[i] ?? JobStatus.Queued;
        return statuses;
    }

    private static JobStatus?[]? Read(RedisResult answer, int count)
    {
        if (answer.Length == 0)
            return null;
        var statuses = new JobStatus?[count];
        Array.Fill(statuses, JobStatus.Queued);
        for (int i = 0; i < answer.Length; i += 2)
            statuses[(int)answer[i] - 1] = (string?)answer[i + 1] is { Length: > 0 } status ? JobStatusText.Parse(status) : null;
        return statuses;
    }

    private static ScriptCall Build(RqConnection rq, IReadOnlyList<Enqueue.Item> items, bool all)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script, 3 + items.Count, 24 + 3 * items.Count);
        call.Keys.Add(keys.Queues);
        call.Arguments.Add(keys.JobPrefix.Length);
        call.Arguments.Add(all);
        for (int first = 0; first < items.Count;)
        {
            int end = first + 1;
            while (end < items.Count && AreAlike(items[first], items[end]))
                end++;
            AddBlock(call, keys, items, first, end);
            first = end;
        }

        return call;
    }

    private static bool AreAlike(Enqueue.Item one, Enqueue.Item other) => ReferenceEquals(one.Shape, other.Shape) && one.Own.Count + other.Own.Count == 0;

    private static void AddBlock(ScriptCall call, Keys keys, IReadOnlyList<Enqueue.Item> items, int first, int end)
    {
        JobShape shape = items[first].Shape;
        call.Keys.Add(keys.Queue(shape.Queue.Name));
        call.Arguments.Add(shape.AtFront);
        call.Arguments.Add(shape.Ttl);
        call.Arguments.Add(end - first);
        call.Arguments.Add(shape.Fields.Length + items[first].Own.Count);
        call.Arguments.AddRange(shape.Fields);
        call.Arguments.AddRange(items[first].Own);
        for (int i = first; i < end; i++)
        {
            Enqueue.Item item = items[i];
            call.Keys.Add(keys.Job(item.Id));
            call.Arguments.Add(item.EnqueuedAt);
            call.Arguments.Add(item.Data);
            call.Arguments.Add(item.Description);
        }
    }
}
