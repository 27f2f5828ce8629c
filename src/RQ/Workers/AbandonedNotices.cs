using System.Collections.Concurrent;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;

namespace RQ.Workers;

/// <summary>
/// Tells the failure callbacks and exception handlers of jobs whose worker died, in the background: they may take minutes, and the
/// jobs that are still to be recovered must not wait for them.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody asks for holds nothing to dispose of.
internal sealed class AbandonedNotices(WorkerSetup setup)
#pragma warning restore CA1001
{
    private const int AtOnce = 16;

    /// <summary>How long a worker that stops waits for them.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(AtOnce);
    private readonly ConcurrentDictionary<Task, bool> _inFlight = new();
    private volatile bool _isClosed;

    /// <summary>Tells of a job whose end has been stored.</summary>
    public void Tell(JobHash job, string executionId, AbandonedJobException exception)
    {
        Task telling = Task.Run(() => TellAsync(job, executionId, exception));
        _inFlight[telling] = true;
        telling.ContinueWith(done => _inFlight.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Waits until all have been told; not for long, and no longer once the token is signalled. The others are not told.</summary>
    public async Task CompleteAsync(CancellationToken abort)
    {
        try
        {
            await Task.WhenAll(_inFlight.Keys).WaitAsync(s_farewell, setup.Time, abort).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            _isClosed = true;
            Log.AbandonedNotToldOf(setup.Log, setup.Name, _inFlight.Count);
        }
    }

    private async Task TellAsync(JobHash job, string executionId, AbandonedJobException exception)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_isClosed)
                await FailureNotice.TellOfAbandonedAsync(setup, job, executionId, exception).ConfigureAwait(false);
        }
        catch (Exception own)
        {
            Log.MaintenanceFailed(setup.Log, own, setup.Name);
        }
        finally
        {
            _turn.Release();
        }
    }
}
