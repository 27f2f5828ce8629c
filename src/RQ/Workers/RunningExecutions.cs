using System.Collections.Concurrent;
using RQ.Executions;

namespace RQ.Workers;

/// <summary>One execution that this worker runs, with the means to stop it.</summary>
internal sealed class RunningExecution(Execution execution, CancellationTokenSource cancellation) : IDisposable
{
    private int _claimed;

    public Execution Execution { get; } = execution;

    /// <summary>What the job's code is given.</summary>
    public CancellationToken Token => cancellation.Token;

    public CancellationTokenSource Cancellation => cancellation;

    /// <summary>When the next heartbeat is due, as a timestamp of the time provider; 0 for at once.</summary>
    public long NextHeartbeat { get; set; }

    /// <summary>Why the token was signalled, when it was not for a time-out.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>The first to ask may say how the execution ended; whatever comes later is dropped.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>The execution counts for nothing any more: tells the job's code.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    public void Dispose() => cancellation.Dispose();
}

/// <summary>What the worker runs at this moment. Shared by its loop and its heartbeat.</summary>
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

    public void Remove(RunningExecution running) => _byId.TryRemove(running.Execution.Id, out _);
}
