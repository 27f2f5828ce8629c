using RQ.Diagnostics;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// What the ends of jobs have left to do, such as releasing very many dependents, in many calls. The worker takes and starts other jobs
/// meanwhile. What fails, or does not come to its end with this process, any worker's maintenance does: it is listed in <c>rq:releasing</c>.
/// </summary>
/// <param name="setup">The worker.</param>
/// <param name="stop">Ends them after their next call.</param>
#pragma warning disable CA1001 // The semaphore's handle is never asked for, so there is nothing to dispose of, and the last of them may outlive the worker.
internal sealed class FollowUps(WorkerSetup setup, CancellationToken stop = default)
#pragma warning restore CA1001
{
    /// <summary>More of them at once would keep the server from all else.</summary>
    private readonly SemaphoreSlim _turns = new(2);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private bool _hasEnded;

    /// <summary>Called when one has come to its end.</summary>
    public Action OnEnd { get; init; } = static () => { };

    /// <summary>Whether none goes on, and none has ended since <see cref="TakeEnded"/> was asked last.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (_lock)
                return _running.Count == 0 && !_hasEnded;
        }
    }

    /// <summary>Whether one has come to its end that nobody has been told of.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
                return _hasEnded;
        }
    }

    /// <summary>The same, and from then on it counts as told.</summary>
    public bool TakeEnded()
    {
        lock (_lock)
        {
            bool hasEnded = _hasEnded;
            _hasEnded = false;
            return hasEnded;
        }
    }

    /// <summary>Begins that of one job; does not wait for it.</summary>
    public void Begin(string jobId)
    {
        // On the pool: who calls this may be reading the server's answers.
        Task followUp = Task.Run(() => RunAsync(jobId));
        lock (_lock)
            _running.Add(followUp);
        _ = followUp.ContinueWith(End, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Waits for those that have begun.</summary>
    public Task CompleteAsync()
    {
        lock (_lock)
            return Task.WhenAll(_running);
    }

    private async Task RunAsync(string jobId)
    {
        await _turns.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await Release.EndAsync(setup.Connection, jobId, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The worker leaves.
        }
        catch (Exception exception)
        {
            Log.StepFailed(setup.Log, exception, setup.Name);
        }
        finally
        {
            _turns.Release();
        }
    }

    private void End(Task followUp)
    {
        lock (_lock)
        {
            _running.Remove(followUp);
            _hasEnded = true;
        }

        OnEnd();
    }
}
