using System.Collections.Concurrent;
using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Jobs whose function this worker does not know, while <see cref="WorkerOptions.UnknownFunctionGrace"/> lasts: they are given back
/// to the tails of their queues, because other workers may know it. They are held for a moment before, so that a worker that is
/// alone with them does not pass them round as fast as it can.
/// </summary>
internal sealed class UnknownFunctions(WorkerSetup setup)
{
    /// <summary>Names come from whoever enqueues; they must not fill the memory.</summary>
    private const int MostNames = 1000;

    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, bool> _told = new();

    /// <summary>Holds the job, until the worker stops at most.</summary>
    /// <returns>How the execution ends; <c>null</c> when the job is to fail.</returns>
    public async Task<Outcome?> HoldAsync(RunningExecution running, UnknownFunctionException unknown)
    {
        if (setup.Options.UnknownFunctionGrace is not { } grace || unknown.IsAmbiguous || running.Execution.HasBegun)
            return null;
        DateTimeOffset now = setup.Time.GetUtcNow();
        // The clock of the one who wrote it may be ahead.
        DateTimeOffset since = running.Execution.Job.UnknownSince is { } written && written < now ? written : now;
        if (now - since >= grace)
            return null;
        if (_told.Count < MostNames && _told.TryAdd(unknown.Function, true))
            Log.FunctionUnknown(setup.Log, setup.Name, unknown.Function, running.Execution.JobId, grace);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(running.Shutdown, running.Token);
        await Task.Delay(s_hold, setup.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new Outcome.GivenBack(since);
    }
}
