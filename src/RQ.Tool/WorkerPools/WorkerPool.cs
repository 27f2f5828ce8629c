using Microsoft.Extensions.Logging;

namespace RQ.Tool.WorkerPools;

/// <summary>
/// Looks after worker processes: starts them, replaces those that end, and passes on the wish to stop. It has no entry in Redis;
/// when it dies its workers notice, finish what they run, and go.
/// </summary>
internal sealed class WorkerPool(WorkerPoolSettings settings, string[] queues, ILogger log, TimeProvider time, StopSignals signals)
{
    public async Task<int> RunAsync()
    {
        ToolLog.PoolStarted(log, Environment.ProcessId, settings.NumWorkers, RQ.Workers.Registration.Version);
        using CancellationTokenRegistration stopping = signals.Stopping.Register(() => ToolLog.PoolStopping(log, Environment.ProcessId));
        using CancellationTokenRegistration aborting = signals.Abort.Register(() => ToolLog.PoolAborting(log, Environment.ProcessId));
        bool[] wentWell = await Task.WhenAll(Enumerable.Range(1, settings.NumWorkers).Select(SuperviseAsync)).ConfigureAwait(false);
        ToolLog.PoolDone(log, Environment.ProcessId);
        // Asked to stop, it has done what it was asked. A burst is judged by what its workers say.
        return signals.Stopping.IsCancellationRequested || Array.TrueForAll(wentWell, each => each) ? 0 : Failure.ExitCode;
    }

    /// <summary>One place of the pool, and whoever fills it.</summary>
    /// <returns>Whether the last one ended well.</returns>
    private async Task<bool> SuperviseAsync(int number)
    {
        var pace = new RestartPace();
        while (true)
        {
            long start = time.GetTimestamp();
            WorkerEnd end = await RunWorkerAsync(number).ConfigureAwait(false);
            if (settings.Burst || signals.Stopping.IsCancellationRequested)
                return end.WentWell;
            TimeSpan wait = pace.Next(time.GetElapsedTime(start), end.WentWell);
            end.TellReplacing(log, number, wait);
            if (!await WaitAsync(wait).ConfigureAwait(false))
                return end.WentWell;
        }
    }

    private async Task<WorkerEnd> RunWorkerAsync(int number)
    {
        try
        {
            using PoolWorker worker = PoolWorker.Start(WorkerArguments.Of(settings, queues, number), settings.Url);
            ToolLog.WorkerStarted(log, number, worker.Id);
            using CancellationTokenRegistration stop = signals.Stopping.Register(() => worker.Tell(PoolLink.Stop));
            using CancellationTokenRegistration abort = signals.Abort.Register(() => worker.Tell(PoolLink.Abort));
            return new WorkerEnd(worker.Id, await worker.ExitAsync().ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException)
        {
            // No memory or no process numbers at the moment: that passes.
            return new WorkerEnd(exception);
        }
    }

    /// <returns>Whether nobody has asked to stop meanwhile.</returns>
    private async Task<bool> WaitAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, time, signals.Stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
