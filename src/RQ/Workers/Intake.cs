using RQ.Diagnostics;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Workers;

/// <summary>What a worker's loop does with the answers to its takes: starts what was taken, and keeps in mind what else they say.</summary>
internal sealed class Intake(
    WorkerSetup setup, RunningExecutions running, EndedExecutions ended, WorkerLimits limits, QueueOrder order, Registration registration, Executors executors,
    CancellationToken shutdown)
{
    /// <summary>Whether the queues may have jobs for this worker.</summary>
    public bool MayHaveMore { get; set; } = true;

    /// <summary>Whether all workers are told to take nothing.</summary>
    public bool IsSuspended { get; private set; }

    /// <summary>The queues of this worker that are paused.</summary>
    public IReadOnlyList<string> Paused { get; private set; } = [];

    /// <summary>
    /// Whether an answer came when the lease may have run out since it was given, because the worker stood still or the way was long. What it took may
    /// have been run elsewhere meanwhile, so nothing of it was started: <see cref="ResumeAsync"/> asks what is still ours.
    /// </summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>Set when the worker takes nothing any more: what still arrives goes back.</summary>
    public bool IsClosed { get; set; }

    public async Task AcceptAsync(Take.Answer answer)
    {
        if (answer.Dropped > 0)
            Log.IdsDropped(setup.Log, setup.Name, answer.Dropped);
        if (answer.LastQueue is { } queue)
            order.Took(queue);
        if (MayBeLate(answer))
            IsInDoubt = true;
        else
            Start(answer.Executions);
        if (answer.IsUnregistered)
        {
            await registration.RenewAsync().ConfigureAwait(false);
            MayHaveMore = true;
        }

        Paused = answer.Paused;
        if (answer.IsSuspended && !IsSuspended)
            Log.Suspended(setup.Log, setup.Name);
        if (!answer.IsSuspended && IsSuspended)
        {
            Log.Resumed(setup.Log, setup.Name);
            limits.StartIdleTime();
            if (running.Count == 0)
                await WorkerRecord.SetStateAsync(setup.Connection, setup.Name, "idle").ConfigureAwait(false);
        }

        IsSuspended = answer.IsSuspended;
    }

    /// <summary>After an answer that was lost or is in doubt, when no other is on its way: finds the executions that the server says are ours and that we have never heard of.</summary>
    /// <returns>Whether it found them all.</returns>
    public async Task<bool> ResumeAsync()
    {
        await registration.RenewAsync().ConfigureAwait(false);
        ScriptCall call = Take.ResumeCall(setup.Connection, setup.Name, setup.Incarnation, setup.Queues);
        Take.Answer answer = Take.Read(setup.Connection, setup.Name, setup.Queues, await setup.Connection.ExecuteAsync(call).ConfigureAwait(false));
        IsInDoubt = MayBeLate(answer);
        ended.Collect();
        if (!IsInDoubt)
            Start([.. answer.Executions.Where(execution => !ended.IsUnsettled(execution.Id))]);
        return !IsInDoubt && !answer.IsUnregistered;
    }

    // At the end there is nothing to be started: what is given back is fenced.
    private bool MayBeLate(Take.Answer answer) => answer.Executions.Count > 0 && !IsClosed && setup.Pulse.IsLeaseInDoubt;

    private void Start(IReadOnlyList<Execution> executions)
    {
        if (executions.Count == 0)
            return;
        var started = new List<RunningExecution>(executions.Count);
        foreach (Execution execution in executions)
        {
            // Whatever the reason why it is told of twice: it is run once.
            if (running.Contains(execution.Id))
                continue;
            // Two waits that ended together may have taken one more than was left.
            if (IsClosed || limits.IsReached)
            {
                ended.GiveBack(execution);
                continue;
            }

            limits.Begin();
            Log.JobStarts(setup.Log, execution, setup.Options.LogJobDescription);
            var run = new RunningExecution(execution, shutdown);
            running.Add(run);
            started.Add(run);
        }

        executors.Start(started);
    }
}
