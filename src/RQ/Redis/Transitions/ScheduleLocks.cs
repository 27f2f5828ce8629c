using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// The right to move the scheduled jobs of a queue: RQ's lock, which Python's schedulers heed too. Whoever holds it lets it run out
/// when he dies; what a scheduler does that has lost it is refused (<see cref="Promote"/>).
/// </summary>
internal static class ScheduleLocks
{
    /// <summary>How many queues one call looks at.</summary>
    private const int Bite = 200;

    /// <summary>As long as RQ keeps it after a sign of life.</summary>
    private const int RecordSeconds = 61;

    private static readonly Script s_hold = Script.Load("hold_schedules");
    private static readonly Script s_letGo = Script.Load("let_go_schedules");

    /// <param name="Queue">The queue.</param>
    /// <param name="State">Whose it is.</param>
    /// <param name="FreeIn">How long another's lock lives, unless it is renewed; <c>null</c> when it is ours, or lives for ever.</param>
    /// <param name="DueIn">If it is ours: how long until the first job is due, negative when it is overdue; <c>null</c> when nothing is scheduled.</param>
    /// <param name="Error">What is wrong with the queue's keys.</param>
    internal sealed record Holding(string Queue, LockState State, TimeSpan? FreeIn, TimeSpan? DueIn, string? Error)
    {
        public bool IsOurs => State is LockState.Held or LockState.Taken;
    }

    /// <summary>Takes those that are free, and renews those that are ours.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="name">The scheduler.</param>
    /// <param name="queues">Its queues.</param>
    /// <param name="record">Fields and values of the scheduler's record; empty to leave it alone.</param>
    public static async Task<IReadOnlyList<Holding>> HoldAsync(RqConnection rq, string name, IReadOnlyList<string> queues, RedisValue[] record)
    {
        var holdings = new List<Holding>(queues.Count);
        int next = 0;
        // Without a queue there is still the record to be written.
        do
        {
            string[] bite = [.. queues.Skip(next).Take(Bite)];
            ScriptCall call = rq.Call(s_hold);
            call.Keys.Add(rq.Keys.Scheduler(name));
            foreach (string queue in bite)
                call.Keys.AddRange([rq.Keys.SchedulerLock(queue), rq.Keys.Scheduled(queue)]);
            bool isFirst = next == 0 && record.Length > 0;
            call.Arguments.AddRange([name, (long)SchedulerIdentity.LockTime.TotalMilliseconds, isFirst ? RecordSeconds : ""]);
            if (isFirst)
                call.Arguments.AddRange(record);
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
            long now = (long)answer[0];
            for (int i = 0; i < bite.Length; i++)
                holdings.Add(Read(bite[i], (string)answer[3 * i + 1]!, answer[3 * i + 2], (string)answer[3 * i + 3]!, now));
            next += Bite;
        }
        while (next < queues.Count);
        return holdings;
    }

    /// <summary>Gives back those that are ours, removes the scheduler's record, and wakes the others.</summary>
    public static async Task LetGoAsync(RqConnection rq, string name, IReadOnlyCollection<string> queues)
    {
        foreach (string[] bite in queues.Count == 0 ? [[]] : queues.Chunk(Bite))
        {
            ScriptCall call = rq.Call(s_letGo);
            call.Keys.Add(rq.Keys.Scheduler(name));
            call.Keys.AddRange(bite.Select(queue => (RedisKey)rq.Keys.SchedulerLock(queue)));
            call.Arguments.AddRange([rq.Keys.Prefix, name]);
            await rq.SendAsync(call).ConfigureAwait(false);
        }
    }

    private static Holding Read(string queue, string state, RedisResult left, string score, long now) => state switch
    {
        "foreign" => new Holding(queue, LockState.Foreign, (long)left >= 0 ? TimeSpan.FromMilliseconds((long)left) : null, null, null),
        "broken" => new Holding(queue, LockState.Broken, null, null, score),
        _ => new Holding(queue, state == "taken" ? LockState.Taken : LockState.Held, null, RqTime.Until(score, now), null),
    };

    /// <summary>Whose a queue's lock is.</summary>
    internal enum LockState
    {
        /// <summary>It has been ours.</summary>
        Held,

        /// <summary>It has just become ours.</summary>
        Taken,

        /// <summary>Another scheduler's.</summary>
        Foreign,

        /// <summary>The queue's keys hold something else.</summary>
        Broken,
    }
}
