using RQ.Executions;
using RQ.Jobs;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>take</i>: queued → started, for as many jobs as the worker has free slots.</summary>
internal static class Take
{
    /// <summary>How many ids one call looks at: keeps the server free for others when a queue is full of dead ids.</summary>
    public const int Bite = 500;

    /// <summary>Where the jobs begin in the answer.</summary>
    private const int FirstJob = 4;

    /// <summary>The fields of which the script sends only the values, in its order.</summary>
    private static readonly string[] s_usualFields =
    [
        JobFields.Status, JobFields.EnqueuedAt, JobFields.CreatedAt, JobFields.Data, JobFields.Origin, JobFields.Description, JobFields.Timeout,
        JobFields.OnAbandoned, JobFields.ResultTtl,
    ];

    public static Script Script { get; } = Script.Load("take");

    /// <param name="Executions">The jobs taken, in order.</param>
    /// <param name="IsSuspended">Whether all workers are told to take nothing.</param>
    /// <param name="IsUnregistered">Whether the worker has no valid lease, so that it must register before it takes anything.</param>
    /// <param name="HasMore">Whether the call stopped before the slots or the queues ran out.</param>
    /// <param name="IsLimited">Whether the server had fewer slots free than ids were given.</param>
    /// <param name="Dropped">How many ids named no queued job: expired, canceled, or on the list twice.</param>
    internal sealed record Answer(IReadOnlyList<Execution> Executions, bool IsSuspended, bool IsUnregistered, bool HasMore, bool IsLimited, int Dropped)
    {
        /// <summary>The worker's queues that are paused: nothing is taken from them.</summary>
        public IReadOnlyList<string> Paused { get; init; } = [];

        /// <summary>The queue from whose list the last of the jobs came; <c>null</c> when none did.</summary>
        public string? LastQueue { get; init; }
    }

    /// <summary>Builds the call. Sent twice with the same execution ids it takes nothing twice.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="incarnation">The run of the worker, see <see cref="Keys.LeaseOwners"/>.</param>
    /// <param name="order">Its queues, as this take is to look at them. The answer is read with the same.</param>
    /// <param name="slots">How many executions the worker may have in all.</param>
    /// <param name="executionIds">Fresh ids; no more than this many jobs are taken.</param>
    public static ScriptCall Call(RqConnection rq, string worker, string incarnation, TakeOrder order, int slots, IReadOnlyList<string> executionIds)
    {
        ScriptCall call = Begin(rq, worker, incarnation, order, slots, resume: false);
        call.Arguments.EnsureCapacity(call.Arguments.Count + executionIds.Count);
        foreach (string id in executionIds)
            call.Arguments.Add(id);
        return call;
    }

    /// <summary>Asks for everything that the worker has started, after an answer to a take was lost.</summary>
    public static ScriptCall ResumeCall(RqConnection rq, string worker, string incarnation, IReadOnlyList<string> queues) =>
        Begin(rq, worker, incarnation, TakeOrder.Strict(queues), slots: 0, resume: true);

    /// <summary>Reads the answer, whose numbers mean the queues in the order of the call.</summary>
    public static Answer Read(RqConnection rq, string worker, IReadOnlyList<string> queues, RedisResult result)
    {
        RedisResult[] answer = (RedisResult[])result!;
        DateTimeOffset now = rq.TimeProvider.GetUtcNow();
        var executions = new List<Execution>((answer.Length - FirstJob) / (3 + s_usualFields.Length) + 1);
        int last = 0;
        for (int next = FirstJob; next < answer.Length;)
        {
            // A job of which there is more to say has an array of its own.
            bool isUsual = answer[next].Length < 0;
            ReadOnlySpan<RedisResult> entry = isUsual ? answer.AsSpan(next, 3 + s_usualFields.Length) : (RedisResult[])answer[next]!;
            string id = (string)entry[2]!;
            JobHash job = isUsual ? JobHash.Read(id, s_usualFields, entry[3..]) : JobHash.Read(id, entry[3]);
            last = (int)entry[1];
            executions.Add(new Execution((string)entry[0]!, job.Origin is { Length: > 0 } origin ? origin : queues[Math.Max(last - 1, 0)], worker, job, now));
            next += isUsual ? entry.Length : 1;
        }

        string? state = (string?)answer[0];
        return new Answer(executions, state == "suspended", state == "unregistered", (int)answer[1] == 1, (int)answer[1] == 2, (int)answer[2])
        {
            Paused = answer[3].Length <= 0 ? [] : [.. ((int[])answer[3]!).Select(number => queues[number - 1])],
            LastQueue = last > 0 ? queues[last - 1] : null,
        };
    }

    private static ScriptCall Begin(RqConnection rq, string worker, string incarnation, TakeOrder order, int slots, bool resume)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(Script);
        call.Keys.AddRange([keys.Suspended, keys.Worker(worker), keys.WorkerExecutions(worker), keys.Leases, keys.LeaseOwners, keys.Paused]);
        foreach (string queue in order.Queues)
            call.Keys.AddRange([keys.Queue(queue), keys.Claims(worker, queue), keys.Started(queue)]);
        call.Arguments.AddRange([keys.Prefix, worker, slots, Bite, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), resume,
            rq.Capabilities.KeepsHalfScripts, incarnation, order.Quotas.Count == 0 ? "" : string.Join(',', order.Quotas)]);
        return call;
    }
}
