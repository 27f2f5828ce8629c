using System.Collections.Concurrent;
using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Jobs whose function this worker does not know, while <see cref="WorkerOptions.UnknownFunctionGrace"/> lasts: they are given back
/// to the tails of their queues, because other workers may know it. They are held for a moment before, so that a worker that is
/// alone with them does not pass them round as fast as it can. Callbacks that are jobs have a time of grace in any case: they are
/// jobs because the worker of their job does not know them, and may well be on its queue.
/// </summary>
internal sealed class UnknownFunctions(WorkerSetup setup)
{
    /// <summary>Names come from whoever enqueues; they must not fill the memory.</summary>
    private const int MostNames = 1000;

    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_callbackGrace = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, bool> _told = new();

    /// <summary>Holds the job, until the worker stops at most.</summary>
    /// <returns>How the execution ends; <c>null</c> when the job is to fail.</returns>
    public async Task<Outcome?> HoldAsync(RunningExecution running, UnknownFunctionException unknown)
    {
        if (GraceOf(running.Execution) is not { } grace || unknown.IsAmbiguous || running.Execution.HasBegun)
            return null;
        DateTimeOffset now = setup.Time.GetUtcNow();
        // The clock of the one who wrote it may be ahead.
        DateTimeOffset since = running.Execution.Job.UnknownSince is { } written && written < now ? written : now;
        if (now - since >= grace)
            return null;
        if (_told.Count < MostNames && _told.TryAdd(unknown.Function, true))
            Log.FunctionUnknown(setup.Log, setup.Name, unknown.Function, running.Execution.JobId, grace);
        // A burst worker sees to it itself that it does not go round.
        if (setup.Options.Burst && setup.Options.UnknownFunctionGrace is null)
            return new Outcome.GivenBack(since);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(running.Shutdown, running.Token);
        await Task.Delay(s_hold, setup.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new Outcome.GivenBack(since);
    }

    /// <summary>What the job fails with when it is not, or no longer, given back.</summary>
    public Exception Explain(Execution execution, UnknownFunctionException unknown) => CallbackLink.Read(execution.Job) is not { } link || unknown.IsAmbiguous
        ? unknown
        : new RqException(
            $"This job is the {link.On.ToText()} callback of job '{link.JobId}', and the workers of queue '{execution.Job.Origin}' do not know '{unknown.Function}'; none that does took it within " +
            $"{GraceOf(execution)?.TotalMinutes:0.#} min. Let a worker that knows it serve the queue (a Python worker, when it is a Python function), name another queue " +
            $"(WorkerOptions.CallbackQueue, or Callback.AsJob), or put the name right, then requeue this job. {unknown.Message}", unknown);

    private TimeSpan? GraceOf(Execution execution) =>
        setup.Options.UnknownFunctionGrace ?? (CallbackLink.Read(execution.Job) is null ? null : s_callbackGrace);
}
