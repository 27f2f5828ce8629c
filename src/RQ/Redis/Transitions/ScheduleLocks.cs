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

    /// <summary>How many calls are under way at once: many queues over a slow line must not take longer than a lock lives.</summary>
    private static readonly ParallelOptions s_atOnce = new() { MaxDegreeOfParallelism = 16 };

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

        /// <summary>Whether it is another's and lives until somebody removes it: no scheduler leaves such a lock.</summary>
        public bool IsStuck => State == LockState.Foreign && FreeIn is null;
    }

    /// <summary>Takes those that are free, and renews those that are ours.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="name">The scheduler.</param>
    /// <param name="queues">Its queues.</param>
    /// <param name="record">Fields and values of the scheduler's record; empty to leave it alone.</param>
    public static async Task<IReadOnlyList<Holding>> HoldAsync(RqConnection rq, string name, IReadOnlyList<string> queues, RedisValue[] record)
    {
        string[][] bites = Bites(queues);
        var holdings = new IReadOnlyList<Holding>[bites.Length];
        await Parallel.ForAsync(0, bites.Length, s_atOnce, async (n, _) =>
            holdings[n] = await HoldBiteAsync(rq, name, bites[n], n == 0 ? record : []).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. holdings.SelectMany(bite => bite)];
    }

    private static async Task<IReadOnlyList<Holding>> HoldBiteAsync(RqConnection rq, string name, string[] bite, RedisValue[] record)
    {
        ScriptCall call = rq.Call(s_hold);
        call.Keys.Add(rq.Keys.Scheduler(name));
        foreach (string queue in bite)
            call.Keys.AddRange([rq.Keys.SchedulerLock(queue), rq.Keys.Scheduled(queue)]);
        call.Arguments.AddRange([name, (long)SchedulerIdentity.LockTime.TotalMilliseconds, record.Length > 0 ? RecordSeconds : ""]);
        call.Arguments.AddRange(record);
        RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        long now = (long)answer[0];
        return [.. bite.Select((queue, i) => Read(queue, (string)answer[3 * i + 1]!, answer[3 * i + 2], (string)answer[3 * i + 3]!, now))];
    }

    /// <summary>Gives back those that are ours, removes the scheduler's record, and wakes the others.</summary>
    public static Task LetGoAsync(RqConnection rq, string name, IReadOnlyCollection<string> queues) =>
        Parallel.ForEachAsync(Bites(queues), s_atOnce, async (bite, _) =>
        {
            ScriptCall call = rq.Call(s_letGo);
            call.Keys.Add(rq.Keys.Scheduler(name));
            call.Keys.AddRange(bite.Select(queue => (RedisKey)rq.Keys.SchedulerLock(queue)));
            call.Arguments.AddRange([rq.Keys.Prefix, name]);
            await rq.SendAsync(call).ConfigureAwait(false);
        });

    /// <summary>Without a queue there is still the record to be written or removed.</summary>
    private static string[][] Bites(IReadOnlyCollection<string> queues) => queues.Count == 0 ? [[]] : [.. queues.Chunk(Bite)];

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
