using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>The end of a worker's life: waits for what runs, as long as it may; then gives it back or fails it.</summary>
internal sealed class WorkerShutdown(WorkerSetup setup, RunningExecutions running, EndedExecutions ended)
{
    /// <summary>How often it tries to settle when nothing runs any more: other workers recover what this one cannot settle.</summary>
    private const int MostFailures = 3;

    /// <summary>How long one process that cannot be killed may hold up its job.</summary>
    private static readonly TimeSpan s_killTime = TimeSpan.FromSeconds(5);

    /// <summary>Ends everything that runs, and settles it. It takes nothing.</summary>
    /// <param name="isRequested">Whether somebody asked for it, so that the worker's record says so while jobs run on.</param>
    /// <param name="isSettled">Whether nothing is left to be settled.</param>
    /// <param name="settle">Settles what is left; returns whether that went well.</param>
    /// <param name="abort">Ends the waiting.</param>
    public async Task CompleteAsync(bool isRequested, Func<bool> isSettled, Func<Task<bool>> settle, CancellationToken abort)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(abort);
        if (setup.Options.ShutdownGrace != Timeout.InfiniteTimeSpan)
            over.CancelAfter(setup.Options.ShutdownGrace);
        Task noting = isRequested && running.Count > 0 ? NoteRequestAsync() : Task.CompletedTask;
        int failures = 0;
        Task? ending = null;
        while (failures < MostFailures)
        {
            if (over.IsCancellationRequested)
                ending ??= EndRunningAsync();
            ended.Collect();
            // What it has put on queues is for others.
            ended.FollowUps.TakeEnded();
            if (isSettled())
            {
                if (running.Count == 0)
                    break;
                // From then on all that runs is reported soon.
                await NextEndAsync(ending is null ? over.Token : CancellationToken.None).ConfigureAwait(false);
            }
            else if (await settle().ConfigureAwait(false) || running.Count > 0)
            {
                failures = 0;
            }
            else
            {
                failures++;
            }
        }

        if (ending is not null)
            await ending.ConfigureAwait(false);
        await noting.ConfigureAwait(false);
    }

    private async Task NextEndAsync(CancellationToken over)
    {
        setup.Pulse.WaitsForJobs = true;
        await ended.WaitAsync().WaitAsync(over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        setup.Pulse.WaitsForJobs = false;
    }

    /// <summary>For those who look at the worker: RQ's <c>shutdown_requested_date</c>. A server that is away does not learn of it.</summary>
    private async Task NoteRequestAsync()
    {
        try
        {
            await WorkerRecord.NoteShutdownAsync(setup.Connection, setup.Name).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.ShutdownNotNoted(setup.Log, exception, setup.Name);
        }
    }

    private Task EndRunningAsync()
    {
        bool fails = setup.Options.OnShutdown == ShutdownPolicy.Fail;
        if (running.Count > 0 && fails)
            Log.ColdShutdownFails(setup.Log, setup.Name, running.Count);
        else if (running.Count > 0)
            Log.ColdShutdown(setup.Log, setup.Name, running.Count);
        var cut = new List<(RunningExecution Running, Outcome Outcome)>();
        foreach (RunningExecution each in running.All.OrderBy(each => each.Execution.CreatedAt))
        {
            // From here on it cannot be stopped any more. What somebody stopped must not be run again, even if it has not heeded
            // that yet, or its stopped callback still runs.
            each.TryClaim(out bool wasStopped);
            if (!each.TryEnd())
                continue;
            each.Cancel();
            cut.Add((each, OutcomeOf(each.Execution, wasStopped, fails)));
        }

        return Task.WhenAll(cut.Select(each => EndAsync(each.Running, each.Outcome)));
    }

    /// <summary>Nobody may take a job that still runs in a process that can be ended.</summary>
    private async Task EndAsync(RunningExecution cut, Outcome outcome)
    {
        try
        {
            await cut.KillAsync().WaitAsync(s_killTime, setup.Time).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.ProcessNotEnded(setup.Log, exception, setup.Name, cut.Execution.JobId);
        }

        ended.Report(cut, outcome);
    }

    private Outcome OutcomeOf(Execution execution, bool wasStopped, bool fails)
    {
        if (wasStopped)
            return new Outcome.Stopped(new Failure(Failure.StoppedText));
        // What has not begun was no attempt that could have failed.
        return fails && execution.HasBegun
            ? RetryPolicy.AfterFailure(execution.Job, new Failure(Failure.ShutdownText), isListed: !setup.Options.DisableDefaultExceptionHandler)
            : new Outcome.GivenBack();
    }
}
