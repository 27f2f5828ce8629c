using System.Net;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>The duty to move the scheduled jobs of queues when they are due: of each queue, one scheduler at a time does it.</summary>
internal sealed class ScheduledQueues(SchedulerIdentity scheduler, ServedQueues served) : ISchedulerDuty
{
    /// <summary>How long a pass goes on with what is due before it looks anew at all queues: others may have become due, and rights want to be renewed.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(250);

    private readonly DateTimeOffset _born = scheduler.Connection.TimeProvider.GetUtcNow();
    private readonly HashSet<string> _held = [];
    private readonly HashSet<string> _failing = [];
    private readonly HashSet<string> _stuck = [];
    private readonly Dictionary<string, int> _skips = [];
    private volatile HashSet<string> _foreign = [];
    private string _lastTurn = "";
    private long? _lastBeat;

    public string What => "moving scheduled jobs";

    public long Done { get; private set; }

    private RqConnection Rq => scheduler.Connection;

    private TimeProvider Time => Rq.TimeProvider;

    /// <summary>Whoever stands by sleeps on: the holder of the lock is woken too.</summary>
    public bool IsWokenBy(string queue) => queue.Length == 0 || (!_foreign.Contains(queue) && served.Notice(queue));

    /// <summary>
    /// One call takes and renews the rights of all queues and tells what is due; then the due queues have a bite each, in turn, so that a long
    /// schedule holds up no other. If the process dies in between, everything is as if the rest had not been due yet.
    /// </summary>
    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        await served.RefreshAsync().ConfigureAwait(false);
        IReadOnlyList<ScheduleLocks.Holding> holdings = await HoldAsync().ConfigureAwait(false);
        // Times are counted from the answer: the server's clock says how long, ours only measures it.
        long answered = Time.GetTimestamp();
        TimeSpan pause = SchedulerIdentity.LongestSleep;
        foreach (ScheduleLocks.Holding holding in holdings)
            pause = Min(pause, holding.FreeIn ?? (holding.DueIn is { } due && due > TimeSpan.Zero ? due : pause));

        var turns = new Queue<string>(InTurn([.. holdings.Where(holding => holding.DueIn <= TimeSpan.Zero).Select(holding => holding.Queue)]));
        while (turns.TryDequeue(out string? queue))
        {
            if (stopping.IsCancellationRequested || Time.GetElapsedTime(answered) > s_lookAgain)
                return TimeSpan.Zero;
            _lastTurn = queue;
            Promote.Answer? bite = await MoveAsync(queue).ConfigureAwait(false);
            // Whose it is now is to be seen.
            if (bite is { IsOwner: false })
                return TimeSpan.Zero;
            if (bite is { HasMore: true })
                turns.Enqueue(queue);
            else
                pause = Min(pause, (bite?.NextIn ?? SchedulerIdentity.LongestSleep) + Time.GetElapsedTime(answered));
        }

        TimeSpan left = pause - Time.GetElapsedTime(answered);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public Task ReleaseAsync() => ScheduleLocks.LetGoAsync(Rq, scheduler.Name, served.Names);

    private async Task<IReadOnlyList<ScheduleLocks.Holding>> HoldAsync()
    {
        bool beats = _lastBeat is not { } last || Time.GetElapsedTime(last) >= SchedulerIdentity.RenewEvery;
        string[] names = [.. served.Names];
        IReadOnlyList<ScheduleLocks.Holding> holdings = await ScheduleLocks.HoldAsync(Rq, scheduler.Name, names, beats ? Record() : []).ConfigureAwait(false);
        if (beats)
            _lastBeat = Time.GetTimestamp();
        _foreign = [.. holdings.Where(holding => holding.State == ScheduleLocks.LockState.Foreign).Select(holding => holding.Queue)];
        Tell(holdings);
        return holdings;
    }

    private void Tell(IReadOnlyList<ScheduleLocks.Holding> holdings)
    {
        string[] taken = [.. holdings.Where(holding => holding.State == ScheduleLocks.LockState.Taken).Select(holding => holding.Queue)];
        if (taken.Length > 0)
            Log.LocksAcquired(scheduler.Log, string.Join(", ", taken));
        foreach (ScheduleLocks.Holding holding in holdings)
        {
            if (holding.IsOurs)
                _held.Add(holding.Queue);
            else if (_held.Remove(holding.Queue))
                Log.LockLost(scheduler.Log, scheduler.Name, holding.Queue);
            if (!holding.IsStuck)
                _stuck.Remove(holding.Queue);
            else if (_stuck.Add(holding.Queue))
                Log.LockIsStuck(scheduler.Log, scheduler.Name, holding.Queue, Rq.Keys.SchedulerLock(holding.Queue));
            if (holding.State == ScheduleLocks.LockState.Broken && _failing.Add(holding.Queue))
                Log.QueueBroken(scheduler.Log, scheduler.Name, holding.Queue, holding.Error ?? "");
            else if (holding.IsOurs && holding.DueIn is null or { Ticks: > 0 })
                _failing.Remove(holding.Queue);
        }
    }

    /// <summary>The due queues, those first that come after the one that had its turn last.</summary>
    private IEnumerable<string> InTurn(List<string> due)
    {
        int first = Math.Max(due.FindIndex(queue => string.CompareOrdinal(queue, _lastTurn) > 0), 0);
        return due.Skip(first).Concat(due.Take(first));
    }

    /// <summary>A bite of one queue.</summary>
    /// <returns><c>null</c> when that cannot be done.</returns>
    private async Task<Promote.Answer?> MoveAsync(string queue)
    {
        try
        {
            int skip = _skips.GetValueOrDefault(queue);
            Promote.Answer answer = await Promote.ExecuteAsync(Rq, queue, scheduler.Name, skip).ConfigureAwait(false);
            foreach (Promote.BadEntry bad in answer.Bad)
                Log.BadScheduledJob(scheduler.Log, scheduler.Name, bad.JobId, queue, bad.Reason);
            skip = answer.HasMore ? skip + answer.Stays : 0;
            if (skip > 0)
                _skips[queue] = skip;
            else
                _skips.Remove(queue);
            Done += answer.Promoted + answer.Bad.Count;
            await Promote.FollowUpAsync(Rq, answer).ConfigureAwait(false);
            if (answer.Promoted > 0)
                Log.JobsPromoted(scheduler.Log, scheduler.Name, answer.Promoted, queue);
            _failing.Remove(queue);
            return answer;
        }
        catch (Exception exception) when (!ConnectionLoss.Is(exception))
        {
            if (_failing.Add(queue))
                Log.QueueNotMoved(scheduler.Log, exception, scheduler.Name, queue);
            return null;
        }
    }

    /// <summary>The fields of <c>rq:scheduler:{name}</c>, as Python RQ 2.10 writes them.</summary>
    private RedisValue[] Record() =>
    [
        "name", scheduler.Name,
        "hostname", Dns.GetHostName(),
        "pid", Environment.ProcessId,
        "queues", served.Text(","),
        "created_at", RqTime.Timestamp(_born),
        "last_heartbeat", RqTime.Timestamp(Time.GetUtcNow()),
    ];

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
