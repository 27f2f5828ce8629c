using System.Collections.Concurrent;
using RQ.Executions;

namespace RQ.Workers;

/// <summary>One execution that this worker runs, with the means to stop it.</summary>
#pragma warning disable CA1001 // A source without timer and links holds nothing to dispose of, and its token outlives the execution.
internal sealed class RunningExecution(Execution execution)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _cancellation = new();
    private int _ended;

    public Execution Execution { get; } = execution;

    /// <summary>What the job's code is given.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>When the next heartbeat is due, as a timestamp of the time provider; 0 for at once.</summary>
    public long NextHeartbeat { get; set; }

    /// <summary>The first to ask may say how the execution ended; whatever comes later is dropped.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary>Tells the job's code that its time is over, or that its outcome counts for nothing any more. What it does then runs elsewhere.</summary>
    public void Cancel() => _ = _cancellation.CancelAsync();
}

/// <summary>What the worker runs at this moment, including what has ended and waits to be settled. Changed by its loop, read by its heartbeat.</summary>
internal sealed class RunningExecutions
{
    private readonly ConcurrentDictionary<string, RunningExecution> _byId = new();

    public int Count => _byId.Count;

    public ICollection<RunningExecution> All => _byId.Values;

    /// <summary>The job that has run longest; <c>null</c> when none runs.</summary>
    public string? OldestJobId
    {
        get
        {
            Execution? oldest = null;
            foreach ((_, RunningExecution running) in _byId)
            {
                if (oldest is null || running.Execution.CreatedAt < oldest.CreatedAt)
                    oldest = running.Execution;
            }

            return oldest?.JobId;
        }
    }

    public bool Contains(string executionId) => _byId.ContainsKey(executionId);

    public void Add(RunningExecution running) => _byId[running.Execution.Id] = running;

    public void Remove(Execution execution) => _byId.TryRemove(execution.Id, out _);
}
