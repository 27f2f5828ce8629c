using RQ.Redis;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// The time limit of one run: when it is over, or when the job is stopped, the job's token is signalled; after a grace period
/// more the run is given up, while its method may go on unheard.
/// </summary>
internal sealed class TimeLimit : Deadline, IDisposable
{
    private readonly WorkerSetup _setup;
    private readonly RunningExecution _running;
    private readonly ExecutionRun _run;
    private readonly Action<ExecutionRun, JobTimeoutException?> _giveUp;
    private readonly TimeSpan _limit = Timeout.InfiniteTimeSpan;
    private volatile bool _isOver;

    /// <param name="setup">The worker.</param>
    /// <param name="run">The run.</param>
    /// <param name="giveUp">Called when the grace period is over, with <c>null</c> when the job was stopped.</param>
    public TimeLimit(WorkerSetup setup, ExecutionRun run, Action<ExecutionRun, JobTimeoutException?> giveUp)
    {
        RunningExecution running = run.Running;
        _setup = setup;
        _run = run;
        _running = running;
        _giveUp = giveUp;
        if (running.Execution.Job.Timeout is > 0 and var seconds)
            _limit = RqTime.FromSeconds(seconds);
        if (_limit != Timeout.InfiniteTimeSpan && _limit <= WorkerOptions.LongestWait)
            setup.Deadlines.Set(this, _limit);
        running.OnStop = BeginGrace;
        // Who stops it marks it first and calls OnStop then: either the mark is seen here, or OnStop there.
        Interlocked.MemoryBarrier();
        if (running.WasStopped)
            BeginGrace();
    }

    /// <exception cref="JobTimeoutException">The time was over: whatever the run ended with came too late.</exception>
    public void ThrowIfOver()
    {
        if (_isOver)
            throw new JobTimeoutException(_running.Execution.JobId, _limit, ignored: false);
    }

    public void Dispose() => _setup.Deadlines.Remove(this);

    // In a work horse the worker does it, which can do more than give up.
    private void BeginGrace()
    {
        if (_setup.Reports is null)
            _setup.Deadlines.Set(this, _setup.Options.TimeoutGrace);
    }

    /// <summary>The time is over: that of the run, or the grace period.</summary>
    public override void Elapse()
    {
        if (_running.WasStopped)
        {
            if (_setup.Reports is null)
                _giveUp(_run, null);
            return;
        }

        if (_isOver)
        {
            _giveUp(_run, new JobTimeoutException(_running.Execution.JobId, _limit, ignored: true));
            return;
        }

        _isOver = true;
        _running.Cancel();
        BeginGrace();
    }
}
