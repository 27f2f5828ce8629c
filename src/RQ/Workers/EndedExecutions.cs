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
    private readonly HashSet<string> _passedOn = [];

    /// <summary>Whether something is collected and not yet settled.</summary>
    public bool HasUnsettled => _unsettled.Count > 0;

    /// <summary>Whether something collected is to be left to workers that know its function. A burst worker does not leave alone what it can come back to.</summary>
    public bool LeavesToOthers => setup.Options.Burst
        ? _unsettled.Count > 0 && _unsettled.TrueForAll(ended => ended.Execution.IsLeft)
        : _unsettled.Exists(ended => ended.Outcome is Outcome.GivenBack { UnknownSince: not null });

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

    /// <summary>
    /// A burst worker whose queues hold nothing but callbacks that it does not know would pass them round until their time of grace is
    /// over: it leaves when it sees one again and has run nothing else since.
    /// </summary>
    private void MarkLeft(EndedExecution ended)
    {
        if (!setup.Options.Burst || setup.Options.UnknownFunctionGrace is not null)
            return;
        if (ended.Outcome is Outcome.GivenBack { UnknownSince: not null })
            ended.Execution.IsLeft = !_passedOn.Add(ended.Execution.JobId);
        else
            _passedOn.Clear();
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
