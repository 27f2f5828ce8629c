using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>
/// An execution's hold on the work horse that it has at the moment: what it tells it, how long it lets it take, and its end by force. One that is doomed
/// runs nothing else, and one that was let go cannot be doomed any more, so a late kill never hits the next job.
/// </summary>
internal sealed class HorseHold : IAsyncDisposable
{
    private readonly WorkerSetup _setup;
    private readonly RunningExecution _running;
    private readonly Lock _lock = new();
    private readonly ITimer _force;
    private HorseProcess? _horse;

    /// <param name="setup">The worker.</param>
    /// <param name="running">The execution.</param>
    public HorseHold(WorkerSetup setup, RunningExecution running)
    {
        _setup = setup;
        _running = running;
        _force = setup.Time.CreateTimer(_ => Force(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How far the execution is.</summary>
    public HorseStage Stage { get; private set; }

    /// <summary>Whether the work horse is killed by the worker.</summary>
    public bool IsDoomed { get; private set; }

    /// <summary>Whether it is killed because the job was out of time.</summary>
    public bool IsTimedOut { get; private set; }

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _horse is null;
        }
    }

    private JobHash Job => _running.Execution.Job;

    /// <returns>Whether it is held now; it is not when nobody wants the execution any more.</returns>
    public bool TryTake(HorseProcess horse)
    {
        lock (_lock)
        {
            IsDoomed = false;
            if (_running.IsOver)
                return false;
            _horse = horse;
            return true;
        }
    }

    /// <summary>Whoever wants to kill it from here on would kill the next job.</summary>
    /// <returns>The work horse; <c>null</c> for none.</returns>
    public HorseProcess? LetGo()
    {
        lock (_lock)
        {
            _force.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            HorseProcess? horse = _horse;
            _horse = null;
            return horse;
        }
    }

    public void Enter(HorseStage stage)
    {
        lock (_lock)
            Stage = stage;
        Rearm();
    }

    public void Tell(HorseSignal signal)
    {
        HorseProcess? horse;
        lock (_lock)
            horse = _horse;
        if (horse is not null)
            _ = horse.SignalAsync(signal, _running.Execution.Id);
    }

    /// <summary>Sets when the work horse is killed, by what is known at this moment.</summary>
    public void Rearm()
    {
        lock (_lock)
        {
            if (_horse is null)
                return;
            TimeSpan left = Stage == HorseStage.Concluding ? HorseTimes.ToConclude(Job, _setup.Options)
                : _running.WasStopped || _running.IsOver ? _setup.Options.TimeoutGrace
                : Stage == HorseStage.Starting ? HorseTimes.ToBegin(Job, _setup.Options)
                : HorseTimes.ToRun(Job, _setup.Options);
            _force.Change(left <= WorkerOptions.LongestWait ? left : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public async Task KillAsync()
    {
        HorseProcess horse;
        lock (_lock)
        {
            if (_horse is null)
                return;
            horse = _horse;
            // From here on it is not used again, whatever it says yet.
            IsDoomed = true;
        }

        Log.HorseKilled(_setup.Log, _setup.Name, horse.Id);
        await horse.KillAsync().ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _force.DisposeAsync();

    private void Force()
    {
        lock (_lock)
        {
            if (_horse is null)
                return;
            if (Stage == HorseStage.Concluding)
                Log.ConclusionForced(_setup.Log, _setup.Name, _running.Execution.JobId);
            else if (_running.WasStopped)
                Log.StopForced(_setup.Log, _setup.Name, _running.Execution.JobId);
            else if (!_running.IsOver)
                TimeOut();
        }

        _ = KillAsync();
    }

    private void TimeOut()
    {
        IsTimedOut = true;
        Log.TimeoutForced(_setup.Log, _setup.Name, _running.Execution.JobId, Job.Description);
    }
}
