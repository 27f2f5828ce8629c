using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>What a worker's loop does when it has free slots and its queues are empty: waits for a job to be pushed, and meanwhile settles what ends, without disturbing the wait.</summary>
internal sealed class IdleTurn(WorkerSetup setup, RunningExecutions running, EndedExecutions ended, WorkerLimits limits, Intake intake, IdleWait wait)
{
    /// <summary>Nothing tells that a pause is over.</summary>
    private static readonly TimeSpan s_pausedPoll = TimeSpan.FromSeconds(1);

    private bool IsIdle => running.Count == 0 && !ended.HasReported;

    /// <param name="freeSlots">How many jobs may be taken.</param>
    /// <param name="stopping">Ends the wait: what it has taken goes back.</param>
    /// <returns>Whether the worker goes on: it has not been idle for too long.</returns>
    public async Task<bool> RunAsync(int freeSlots, CancellationToken stopping)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration onStop = stopping.Register(() => stop.TrySetResult());
        using var timers = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        wait.Paused = intake.Paused;
        Task<Task<Take.Answer?>> wake = wait.BeginAsync(freeSlots, running.Count + freeSlots);
        Task look = intake.Paused.Count > 0 ? Task.Delay(s_pausedPoll, setup.Time, timers.Token) : stop.Task;
        Task idle = stop.Task;
        Take.Answer? started = null;
        try
        {
            while (true)
            {
                if (IsIdle && limits.UntilIdleTooLong is { } left)
                    idle = Task.Delay(left, setup.Time, timers.Token);
                Task end = ended.WaitAsync();
                if (await Task.WhenAny(wake, stop.Task, look, idle, end).ConfigureAwait(false) != end || wake.IsCompleted)
                    break;
                ended.Collect();
                await ended.SettleAsync().ConfigureAwait(false);
            }

            // What woke it starts at once; only then are the other pops let go.
            if (wake.IsCompleted && !stopping.IsCancellationRequested && await wake.ConfigureAwait(false) is { IsCompletedSuccessfully: true } woken)
            {
                started = await woken.ConfigureAwait(false);
                if (started is not null)
                    await intake.AcceptAsync(started).ConfigureAwait(false);
            }
        }
        finally
        {
            await timers.CancelAsync().ConfigureAwait(false);
            await EndAsync(started, stopping.IsCancellationRequested).ConfigureAwait(false);
        }

        if (!idle.IsCompletedSuccessfully || stopping.IsCancellationRequested || !IsIdle)
            return true;
        Log.IdleTooLong(setup.Log, setup.Name, RqTime.Seconds(setup.Options.MaxIdleTime!.Value));
        return false;
    }

    private async Task EndAsync(Take.Answer? started, bool isStopping)
    {
        var taken = new List<Take.Answer>();
        try
        {
            await wait.EndAsync(taken).ConfigureAwait(false);
        }
        finally
        {
            intake.MayHaveMore = true;
            foreach (Take.Answer answer in taken.Where(each => each != started))
            {
                if (isStopping)
                {
                    foreach (Execution execution in answer.Executions)
                        ended.GiveBack(execution);
                }
                else
                {
                    await intake.AcceptAsync(answer).ConfigureAwait(false);
                }
            }
        }
    }
}
