using RQ.Redis;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// The time limit of one run: when it is over the job's token is signalled; after a grace period more the run is given up,
/// while its method may go on unheard.
/// </summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly WorkerSetup _setup;
    private readonly RunningExecution _running;
    private readonly Action<JobTimeoutException> _giveUp;
    private readonly TimeSpan _limit;
    private readonly ITimer? _timer;
    private volatile bool _isOver;

    public TimeLimit(WorkerSetup setup, RunningExecution running, Action<JobTimeoutException> giveUp)
    {
        _setup = setup;
        _running = running;
        _giveUp = giveUp;
        if (running.Execution.Job.Timeout is not { } seconds || seconds <= 0)
            return;
        _limit = RqTime.FromSeconds(seconds);
        if (_limit <= WorkerOptions.LongestWait)
            _timer = setup.Time.CreateTimer(static limit => ((TimeLimit)limit!).Elapse(), this, _limit, Timeout.InfiniteTimeSpan);
    }

    /// <exception cref="JobTimeoutException">The time was over: whatever the run ended with came too late.</exception>
    public void ThrowIfOver()
    {
        if (_isOver)
            throw new JobTimeoutException(_running.Execution.JobId, _limit, ignored: false);
    }

    public void Dispose() => _timer?.Dispose();

    private void Elapse()
    {
        if (_isOver)
        {
            _giveUp(new JobTimeoutException(_running.Execution.JobId, _limit, ignored: true));
            return;
        }

        _isOver = true;
        _running.Cancel();
        _timer?.Change(_setup.Options.TimeoutGrace, Timeout.InfiniteTimeSpan);
    }
}
