using System.Collections.Concurrent;
using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Jobs whose function this worker does not know, while <see cref="WorkerOptions.UnknownFunctionGrace"/> lasts: they are given back
/// to the tails of their queues, because other workers may know it. They are held for a moment before, so that a worker that is
/// alone with them does not pass them round as fast as it can. Callbacks that are jobs have a time of grace also without that option:
/// they are jobs because the worker of their job does not know them, and as long as one of Python's workers serves the queue it may.
/// </summary>
internal sealed class UnknownFunctions(WorkerSetup setup)
{
    /// <summary>Names come from whoever enqueues; they must not fill the memory.</summary>
    private const int MostNames = 1000;

    private static readonly TimeSpan s_hold = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_callbackGrace = TimeSpan.FromMinutes(10);

    /// <summary>For how long none of Python's workers may be there: they restart, too.</summary>
    private static readonly TimeSpan s_absence = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, bool> _told = new();
    private readonly PythonWorkers _python = new(setup);

    /// <summary>Holds the job, until the worker stops at most.</summary>
    /// <param name="running">Its execution.</param>
    /// <param name="function">What it calls.</param>
    /// <param name="exception">Why it does not.</param>
    /// <returns>How the execution ends; or, when the job is to fail, with what.</returns>
    public async Task<(Outcome? Held, Exception Failure)> HoldAsync(RunningExecution running, string function, UnknownFunctionException exception)
    {
        Execution execution = running.Execution;
        var link = CallbackLink.Read(execution.Job);
        TimeSpan? grace = setup.Options.UnknownFunctionGrace ?? (link is null ? null : s_callbackGrace);
        // What the job's own code throws is its own affair.
        if (grace is not { } most || exception.IsAmbiguous || execution.HasBegun || exception.Function != function)
            return (null, exception);
        DateTimeOffset now = setup.Time.GetUtcNow();
        // The clock of the one who wrote it may be ahead.
        DateTimeOffset since = execution.Job.UnknownSince is { } written && written < now ? written : now;
        if (now - since >= most)
            return (null, link is null ? exception : Failure(link, execution.Queue, $"none that does took it within {most.TotalMinutes:0.#} min", exception));
        bool onlyForPython = link is not null && setup.Options.UnknownFunctionGrace is null;
        if (onlyForPython && now - await AwaitedSinceAsync(execution.Queue, since).ConfigureAwait(false) >= s_absence)
            return (null, Failure(link!, execution.Queue, "no Python worker, which might, serves the queue", exception));
        Tell(execution, function, most, onlyForPython);
        // A burst worker sees to it itself that it does not go round.
        if (setup.Options.Burst && setup.Options.UnknownFunctionGrace is null)
            return (new Outcome.GivenBack(since), exception);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(running.Shutdown, running.Token);
        await Task.Delay(s_hold, setup.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return (new Outcome.GivenBack(since), exception);
    }

    /// <summary>Since when one of Python's workers has been missed. A work horse may be too young to know; then since the job was first given back.</summary>
    private async Task<DateTimeOffset> AwaitedSinceAsync(string queue, DateTimeOffset unknownSince)
    {
        (DateTimeOffset start, DateTimeOffset seen) = await _python.LastSeenAsync(queue).ConfigureAwait(false);
        return setup.Reports is not null && seen <= start && unknownSince < start ? unknownSince : seen;
    }

    private void Tell(Execution execution, string function, TimeSpan grace, bool onlyForPython)
    {
        if (_told.Count >= MostNames || !_told.TryAdd(function, true))
            return;
        if (onlyForPython)
            Log.CallbackUnknown(setup.Log, setup.Name, function, execution.JobId, execution.Queue, grace);
        else
            Log.FunctionUnknown(setup.Log, setup.Name, function, execution.JobId, grace);
    }

    private static RqException Failure(CallbackLink link, string queue, string reason, UnknownFunctionException exception) => new(
        $"This job is the {link.On.ToText()} callback of job '{link.JobId}', and the workers of queue '{queue}' do not know '{exception.Function}'; {reason}. " +
        "When it is a Python function, let a Python worker serve the queue, or let callbacks go to a queue that one serves (WorkerOptions.CallbackQueue, " +
        "rq worker --callback-queue, or Callback.AsJob). When it is one of yours, put the name right or register the function. Then requeue this job. With " +
        $"WorkerOptions.UnknownCallback = UnknownCallback.Fail a job fails at once whose success callback its worker does not know. {exception.Message}", exception);
}
