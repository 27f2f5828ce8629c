using RQ.Redis;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// The time limit of one run: when it is over, or when the job is stopped, the job's token is signalled; after a grace period
/// more the run is given up, while its method may go on unheard.
/// </summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly WorkerSetup _setup;
    private readonly RunningExecution _running;
    private readonly Action<JobTimeoutException?> _giveUp;
    private readonly TimeSpan _limit = Timeout.InfiniteTimeSpan;
    private readonly ITimer _timer;
    private volatile bool _isOver;

    /// <param name="setup">The worker.</param>
    /// <param name="running">The run.</param>
    /// <param name="giveUp">Called when the grace period is over, with <c>null</c> when the job was stopped.</param>
    public TimeLimit(WorkerSetup setup, RunningExecution running, Action<JobTimeoutException?> giveUp)
    {
        _setup = setup;
        _running = running;
        _giveUp = giveUp;
        if (running.Execution.Job.Timeout is > 0 and var seconds)
            _limit = RqTime.FromSeconds(seconds);
        TimeSpan wait = _limit <= WorkerOptions.LongestWait ? _limit : Timeout.InfiniteTimeSpan;
        _timer = setup.Time.CreateTimer(static limit => ((TimeLimit)limit!).Elapse(), this, wait, Timeout.InfiniteTimeSpan);
        running.OnStop = BeginGrace;
        if (running.IsStopping)
            BeginGrace();
    }

    /// <exception cref="JobTimeoutException">The time was over: whatever the run ended with came too late.</exception>
    public void ThrowIfOver()
    {
        if (_isOver)
            throw new JobTimeoutException(_running.Execution.JobId, _limit, ignored: false);
    }

    public void Dispose() => _timer.Dispose();

    private void BeginGrace() => _timer.Change(_setup.Options.TimeoutGrace, Timeout.InfiniteTimeSpan);

    private void Elapse()
    {
        if (_running.IsStopping)
        {
            _giveUp(null);
            return;
        }

        if (_isOver)
        {
            _giveUp(new JobTimeoutException(_running.Execution.JobId, _limit, ignored: true));
            return;
        }

        _isOver = true;
        _running.Cancel();
        BeginGrace();
    }
}
