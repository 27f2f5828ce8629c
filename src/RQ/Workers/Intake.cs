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

    /// <summary>Set when the worker takes nothing any more: what still arrives goes back.</summary>
    public bool IsClosed { get; set; }

    public async Task AcceptAsync(Take.Answer answer)
    {
        if (answer.Dropped > 0)
            Log.IdsDropped(setup.Log, setup.Name, answer.Dropped);
        if (answer.LastQueue is { } queue)
            order.Took(queue);
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

    /// <summary>After a lost answer, when no other is on its way: finds the executions that the server says are ours and that we have never heard of.</summary>
    /// <returns>Whether it found them all.</returns>
    public async Task<bool> ResumeAsync()
    {
        await registration.RenewAsync().ConfigureAwait(false);
        ScriptCall call = Take.ResumeCall(setup.Connection, setup.Name, setup.Incarnation, setup.Queues);
        Take.Answer answer = Take.Read(setup.Connection, setup.Name, setup.Queues, await setup.Connection.ExecuteAsync(call).ConfigureAwait(false));
        ended.Collect();
        Start([.. answer.Executions.Where(execution => !running.Contains(execution.Id) && !ended.IsUnsettled(execution.Id))]);
        return !answer.IsUnregistered;
    }

    private void Start(IReadOnlyList<Execution> executions)
    {
        if (executions.Count == 0)
            return;
        var started = new List<RunningExecution>(executions.Count);
        foreach (Execution execution in executions)
        {
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
