using System.Collections.Concurrent;
using RQ.Executions;

namespace RQ.Workers;

/// <summary>One execution that this worker runs, with the means to stop it.</summary>
#pragma warning disable CA1001 // A source without timer and links holds nothing to dispose of, and its token outlives the execution.
internal sealed class RunningExecution(Execution execution, CancellationToken shutdown = default)
#pragma warning restore CA1001
{
    private const int Stopped = 1;
    private const int Claimed = 2;

    private CancellationTokenSource? _cancellation;
    private int _marks;
    private int _ended;
    private volatile bool _isLost;

    public Execution Execution { get; } = execution;

    /// <summary>What the job's code is given.</summary>
    public CancellationToken Token => Cancellation.Token;

    /// <summary>Signalled when the worker has been told to stop.</summary>
    public CancellationToken Shutdown => shutdown;

    /// <summary>When the next heartbeat is due, as a timestamp of the time provider; 0 for at once.</summary>
    public long NextHeartbeat { get; set; }

    /// <summary>Whether somebody stopped it before its function had ended. It stays so: what was stopped is not run again, however it ends.</summary>
    public bool WasStopped => (Volatile.Read(ref _marks) & Stopped) != 0;

    /// <summary>Whether nobody waits for how it ends any more: it was given back, or it belongs to somebody else.</summary>
    public bool IsOver => _isLost || Volatile.Read(ref _ended) == 1;

    /// <summary>Called when it is being stopped.</summary>
    public Action? OnStop { get; set; }

    /// <summary>Kills the process that runs it, and returns when it is dead; <c>null</c> when it runs in the worker's.</summary>
    public Func<Task>? OnKill { get; set; }

    /// <summary>
    /// Decides what the end of the function means; the first to ask does what follows, such as callbacks. From then on it cannot be
    /// stopped any more. The function may end after the run was given up, or the other way round.
    /// </summary>
    /// <param name="wasStopped">Whether somebody stopped it before.</param>
    public bool TryClaim(out bool wasStopped)
    {
        int before = Interlocked.Or(ref _marks, Claimed);
        wasStopped = (before & Stopped) != 0;
        return (before & Claimed) == 0;
    }

    /// <summary>Stops it: signals the token, and has the run given up when the function does not heed it.</summary>
    /// <returns>Whether it still ran.</returns>
    public bool TryStop()
    {
        if (IsOver || Interlocked.CompareExchange(ref _marks, Stopped, 0) != 0)
            return false;
        Cancel();
        OnStop?.Invoke();
        return true;
    }

    /// <summary>The first to ask may say how the execution ended; whatever comes later is dropped.</summary>
    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary>The job has gone on without this execution: its outcome counts for nothing, and no callback is called.</summary>
    public void Lose()
    {
        _isLost = true;
        Cancel();
    }

    /// <summary>Ends the process that runs it, if that is not the worker's.</summary>
    public Task KillAsync() => OnKill?.Invoke() ?? Task.CompletedTask;

    /// <summary>Tells the job's code that its time is over. What it does then runs elsewhere.</summary>
    public void Cancel() => _ = Cancellation.CancelAsync();

    // Few jobs look at their token.
    private CancellationTokenSource Cancellation
    {
        get
        {
            if (Volatile.Read(ref _cancellation) is { } made)
                return made;
            var source = new CancellationTokenSource();
            return Interlocked.CompareExchange(ref _cancellation, source, null) ?? source;
        }
    }
}

/// <summary>What the worker runs at this moment, including what has ended and waits to be settled. Changed by its loop, read by its heartbeat and by commands.</summary>
internal sealed class RunningExecutions
{
    /// <summary>How many executions that have not arrived are remembered as stopped; they arrive within a moment or never.</summary>
    public const int MostToStop = 1000;

    private readonly ConcurrentDictionary<string, RunningExecution> _byId = new();
    private readonly ConcurrentDictionary<string, bool> _stopOnArrival = new();
    private readonly ConcurrentQueue<string> _oldestToStop = new();

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

    public void Add(RunningExecution running)
    {
        _byId[running.Execution.Id] = running;
        if (_stopOnArrival.TryRemove(running.Execution.Id, out _))
            running.TryStop();
    }

    /// <summary>
    /// Stops an execution that the server has started and whose answer is still on its way to the loop. One that has ended in the
    /// meantime never comes; its id is kept for a while and does no harm.
    /// </summary>
    public void StopOnArrival(string executionId)
    {
        if (_stopOnArrival.TryAdd(executionId, true))
            _oldestToStop.Enqueue(executionId);
        if (_oldestToStop.Count > MostToStop && _oldestToStop.TryDequeue(out string? oldest))
            _stopOnArrival.TryRemove(oldest, out _);
        if (_byId.TryGetValue(executionId, out RunningExecution? running) && _stopOnArrival.TryRemove(executionId, out _))
            running.TryStop();
    }

    public void Remove(Execution execution) => _byId.TryRemove(execution.Id, out _);
}
