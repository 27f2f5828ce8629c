using System.Threading.Channels;
using RQ.Diagnostics;
using RQ.Executions;

namespace RQ.Workers;

/// <summary>What has ended and is to be settled. Executions report from wherever they ran; the loop alone collects and settles.</summary>
internal sealed class EndedExecutions(WorkerSetup setup, RunningExecutions running, WorkerLimits limits)
{
    private readonly Channel<EndedExecution> _reported = Channel.CreateUnbounded<EndedExecution>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<EndedExecution> _unsettled = [];
    private readonly Settler _settler = new(setup);
    private readonly PassedOnJobs _passedOn = new();

    /// <summary>Whether something is collected and not yet settled.</summary>
    public bool HasUnsettled => _unsettled.Count > 0;

    /// <summary>Whether something collected is to be left to workers that know its function. A burst worker, which waits for nobody, leaves out whole queues instead.</summary>
    public bool LeavesToOthers => !setup.Options.Burst && _unsettled.Exists(ended => ended.Outcome is Outcome.GivenBack { UnknownSince: not null });

    /// <summary>The queues from which a burst worker takes nothing for now.</summary>
    public IReadOnlySet<string> LeftOut => _passedOn.LeftOut;

    /// <summary>Whether something was reported that is not yet collected.</summary>
    public bool HasReported => _reported.Reader.TryPeek(out _);

    public bool IsUnsettled(string executionId) => _unsettled.Exists(ended => ended.Execution.Id == executionId);

    /// <summary>Says how an execution ended. Who calls it has made sure that nobody else does, see <see cref="RunningExecution.TryEnd"/>.</summary>
    public void Report(RunningExecution ended, Outcome outcome)
    {
        Execution execution = ended.Execution;
        execution.EndedAt = setup.Time.GetUtcNow();
        try
        {
            if (outcome is Outcome.Finished)
                Log.JobCompleted(setup.Log, execution, setup.Name);
        }
        finally
        {
            _reported.Writer.TryWrite(new EndedExecution(execution, outcome));
        }
    }

    /// <summary>An execution that the server has started and that is not to run here.</summary>
    public void GiveBack(Execution execution) => _unsettled.Add(new EndedExecution(execution, new Outcome.GivenBack()));

    /// <summary>Takes over what was reported: from here on it counts as running no more.</summary>
    public void Collect()
    {
        while (_reported.Reader.TryRead(out EndedExecution? ended))
        {
            running.Remove(ended.Execution);
            limits.End(ended.Outcome);
            MarkLeft(ended);
            _unsettled.Add(ended);
        }
    }

    /// <summary>Whether a burst worker that has found nothing more goes through its queues once more.</summary>
    public bool LookAgain() => _passedOn.LookAgain();

    private void MarkLeft(EndedExecution ended)
    {
        if (!setup.Options.Burst || setup.Options.UnknownFunctionGrace is not null)
            return;
        if (ended.Outcome is Outcome.GivenBack { UnknownSince: not null })
            ended.Execution.IsLeft = _passedOn.PassOn(ended.Execution.Queue, ended.Execution.JobId);
        else
            _passedOn.Ran(ended.Execution.Queue);
    }

    /// <summary>Waits until something is reported. A waiting that was given up does no harm to the next.</summary>
    public Task<bool> WaitAsync(CancellationToken cancellationToken = default) => _reported.Reader.WaitToReadAsync(cancellationToken).AsTask();

    /// <summary>Settles what is collected. The calls are sent before this method returns its task, so that a take comes behind them.</summary>
    /// <returns>Whether that may have put jobs on queues.</returns>
    public async Task<bool> SettleAsync()
    {
        if (_unsettled.Count == 0)
            return false;
        EndedExecution[] ended = [.. _unsettled];
        bool mayHaveQueued = await _settler.SettleAsync(ended, running.OldestJobId).ConfigureAwait(false);
        _unsettled.RemoveRange(0, ended.Length);
        return mayHaveQueued;
    }
}
