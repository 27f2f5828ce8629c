using RQ.Diagnostics;
using RQ.Executions;

namespace RQ.Workers;

/// <summary>What has ended and is to be settled. Executions report from wherever they ran; the loop alone collects and settles.</summary>
internal sealed class EndedExecutions
{
    private readonly WorkerSetup _setup;
    private readonly RunningExecutions _running;
    private readonly WorkerLimits _limits;
    private readonly Lock _lock = new();
    private readonly List<EndedExecution> _unsettled = [];
    private readonly Settler _settler;
    private readonly PassedOnJobs _passedOn = new();
    private List<EndedExecution> _reported = [];
    private List<EndedExecution> _spare = [];
    private TaskCompletionSource? _waiter;
    private int _wanted;

    // So many at the head were to be settled before. Of two settlings that fail the older one comes back first.
    private int _putBack;

    public EndedExecutions(WorkerSetup setup, RunningExecutions running, WorkerLimits limits)
    {
        _setup = setup;
        _running = running;
        _limits = limits;
        FollowUps = new FollowUps(setup) { OnEnd = NoteFollowUp };
        _settler = new Settler(setup, FollowUps);
    }

    /// <summary>What the ends of jobs have left to do.</summary>
    public FollowUps FollowUps { get; }

    /// <summary>Whether nothing runs, nothing was reported that is not yet collected, and nothing that has ended goes on putting jobs on queues.</summary>
    public bool IsIdle
    {
        get
        {
            if (_running.Count > 0 || !FollowUps.IsQuiet)
                return false;
            lock (_lock)
                return _reported.Count == 0;
        }
    }

    /// <summary>Whether something is collected and not yet settled, nor on its way to the server.</summary>
    public bool HasUnsettled => _unsettled.Count > 0;

    /// <summary>How many they are.</summary>
    public int UnsettledCount => _unsettled.Count;

    /// <summary>Whether something collected is to be left to workers that know its function. A burst worker, which waits for nobody, leaves out whole queues instead.</summary>
    public bool LeavesToOthers => !_setup.Options.Burst && _unsettled.Exists(ended => ended.Outcome is Outcome.GivenBack { UnknownSince: not null });

    /// <summary>The queues from which a burst worker takes nothing for now.</summary>
    public IReadOnlySet<string> LeftOut => _passedOn.LeftOut;

    public bool IsUnsettled(string executionId) => _unsettled.Exists(ended => ended.Execution.Id == executionId);

    /// <summary>Says how an execution ended. Who calls it has made sure that nobody else does, see <see cref="RunningExecution.TryEnd"/>.</summary>
    public void Report(RunningExecution ended, Outcome outcome)
    {
        Execution execution = ended.Execution;
        execution.EndedAt = _setup.Time.GetUtcNow();
        try
        {
            if (outcome is Outcome.Finished)
                Log.JobCompleted(_setup.Log, execution, _setup.Name);
        }
        finally
        {
            Add(new EndedExecution(execution, outcome));
        }
    }

    /// <summary>An execution that the server has started and that is not to run here.</summary>
    public void GiveBack(Execution execution) => _unsettled.Add(new EndedExecution(execution, new Outcome.GivenBack()));

    /// <summary>Takes over what was reported: from here on it counts as running no more.</summary>
    public void Collect()
    {
        lock (_lock)
        {
            if (_reported.Count == 0)
                return;
            (_reported, _spare) = (_spare, _reported);
        }

        foreach (EndedExecution ended in _spare)
        {
            _running.Remove(ended.Execution);
            _limits.End(ended.Outcome);
            MarkLeft(ended);
            _unsettled.Add(ended);
        }

        _spare.Clear();
    }

    /// <summary>Whether a burst worker that has found nothing more goes through its queues once more.</summary>
    public bool LookAgain() => _passedOn.LookAgain();

    private void Add(EndedExecution ended)
    {
        TaskCompletionSource? waiter = null;
        lock (_lock)
        {
            _reported.Add(ended);
            if (_reported.Count >= _wanted)
                (waiter, _waiter) = (_waiter, null);
        }

        Wake(waiter);
    }

    private void NoteFollowUp()
    {
        TaskCompletionSource? waiter;
        lock (_lock)
            (waiter, _waiter) = (_waiter, null);

        Wake(waiter);
    }

    private static void Wake(TaskCompletionSource? waiter)
    {
        if (waiter is null)
            return;
        // The loop goes on on a thread of the worker's own, and on no other.
        if (WorkerThread.IsCurrent)
            waiter.TrySetResult();
        else
            ThreadPool.UnsafeQueueUserWorkItem(static waiter => waiter.TrySetResult(), waiter, preferLocal: false);
    }

    private void MarkLeft(EndedExecution ended)
    {
        if (!_setup.Options.Burst || _setup.Options.UnknownFunctionGrace is not null)
            return;
        if (ended.Outcome is Outcome.GivenBack { UnknownSince: not null })
            ended.Execution.IsLeft = _passedOn.PassOn(ended.Execution.Queue, ended.Execution.JobId);
        else
            _passedOn.Ran(ended.Execution.Queue);
    }

    /// <summary>Waits until so many are reported and not yet collected, or until a follow-up has come to its end. One waits at a time; a waiting that was given up does no harm to the next.</summary>
    public Task WaitAsync(int count = 1)
    {
        lock (_lock)
        {
            if (_reported.Count >= count || FollowUps.HasEnded)
                return Task.CompletedTask;
            _wanted = count;
            _waiter ??= new TaskCompletionSource();
            return _waiter.Task;
        }
    }

    /// <summary>Settles what is collected.</summary>
    /// <returns>Whether that may have put jobs on queues.</returns>
    public async Task<bool> SettleAsync() => HasUnsettled && await EndAsync(BeginSettling(int.MaxValue)).ConfigureAwait(false);

    /// <summary>Sends off what is collected, the oldest first. The calls are sent before this method returns, so that a take comes behind them.</summary>
    /// <param name="most">So many at most.</param>
    public Settling BeginSettling(int most)
    {
        EndedExecution[] ended = [.. most >= _unsettled.Count ? _unsettled : _unsettled.GetRange(0, most)];
        _unsettled.RemoveRange(0, ended.Length);
        _putBack = Math.Max(_putBack - ended.Length, 0);
        return new Settling(ended, ended.Length == 0 ? Task.FromResult(false) : _settler.SettleAsync(ended, _running.OldestJobId));
    }

    /// <summary>Waits until they are settled. If that fails, they are unsettled as before: nothing is done twice.</summary>
    /// <returns>Whether that may have put jobs on queues.</returns>
    public async Task<bool> EndAsync(Settling settling)
    {
        try
        {
            return await settling.Sent.ConfigureAwait(false);
        }
        catch
        {
            _unsettled.InsertRange(_putBack, settling.Ended);
            _putBack += settling.Ended.Length;
            throw;
        }
    }

    /// <summary>Some that are on their way to the server.</summary>
    /// <param name="Ended">They.</param>
    /// <param name="Sent">Ends with the server's answer: whether that may have put jobs on queues.</param>
    internal sealed record Settling(EndedExecution[] Ended, Task<bool> Sent);
}
