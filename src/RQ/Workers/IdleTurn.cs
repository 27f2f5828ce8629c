using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>What a worker's loop does when it has free slots and its queues are empty: waits for a job to be pushed, starts it and waits on, and meanwhile settles what ends, without disturbing the wait.</summary>
internal sealed class IdleTurn(WorkerSetup setup, RunningExecutions running, EndedExecutions ended, WorkerLimits limits, Intake intake, IdleWait wait)
{
    /// <summary>Nothing tells that a pause is over.</summary>
    private static readonly TimeSpan s_pausedPoll = TimeSpan.FromSeconds(1);

    // A take that waits behind a pop has its order and its number of jobs from before: it may go on waiting where neither changes by what another one takes.
    private readonly bool _mayStay = setup.Options.MaxJobs is null && setup.Options.DequeueStrategy == DequeueStrategy.Default;

    /// <param name="freeSlots">How many jobs may be taken.</param>
    /// <param name="stopping">Ends the wait: what it has taken goes back.</param>
    /// <returns>Whether the worker goes on: it has not been idle for too long.</returns>
    public async Task<bool> RunAsync(int freeSlots, CancellationToken stopping)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration onStop = stopping.Register(() => stop.TrySetResult());
        using var timers = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        wait.Paused = intake.Paused;
        int slots = running.Count + freeSlots;
        Task<Task<Take.Answer?>> wake = wait.BeginAsync(freeSlots, slots);
        Task look = intake.Paused.Count > 0 ? Task.Delay(s_pausedPoll, setup.Time, timers.Token) : setup.Pulse.NextSilence;
        // One at a time, however many jobs come: when it is over it is asked whether there was work meanwhile.
        Task? idle = null;
        bool isTooLong = false;
        Take.Answer? started = null;
        try
        {
            while (true)
            {
                if (idle is null && ended.IsIdle && limits.UntilIdleTooLong is { } left)
                    idle = Task.Delay(left, setup.Time, timers.Token);
                Task end = ended.WaitAsync();
                Task first = await Task.WhenAny(wake, stop.Task, look, idle ?? stop.Task, end).ConfigureAwait(false);
                if (wake.IsCompleted)
                {
                    if (stopping.IsCancellationRequested || await wake.ConfigureAwait(false) is not { IsCompletedSuccessfully: true } woken)
                        break;
                    // What woke it starts at once; only then, and only if need be, are the other pops let go.
                    started = await woken.ConfigureAwait(false);
                    if (started is null)
                        break;
                    await intake.AcceptAsync(started).ConfigureAwait(false);
                    int free = slots - running.Count - ended.UnsettledCount;
                    if (!_mayStay || intake.IsInDoubt || free <= 0 || !wait.IsAllThereWas(started))
                        break;
                    wake = wait.AgainAsync(woken, free, slots);
                    started = null;
                }
                else if (first == idle)
                {
                    isTooLong = ended.IsIdle && limits.UntilIdleTooLong == TimeSpan.Zero;
                    if (isTooLong || stopping.IsCancellationRequested)
                        break;
                    idle = null;
                }
                else if (first != end)
                {
                    break;
                }
                else
                {
                    ended.Collect();
                    // What it has put on queues has woken the pops.
                    ended.FollowUps.TakeEnded();
                    await ended.SettleAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await timers.CancelAsync().ConfigureAwait(false);
            await EndAsync(started, stopping.IsCancellationRequested).ConfigureAwait(false);
        }

        if (!isTooLong || stopping.IsCancellationRequested || !ended.IsIdle)
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
