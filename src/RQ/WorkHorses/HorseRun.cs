using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>
/// One execution in a work horse, as the worker sees it: it passes on what the job says and is told, and ends by force what does not
/// end by itself. When the process dies it says what that means for the job, and has the callbacks called in another one.
/// </summary>
#pragma warning disable CA1001 // A source without timer and links holds nothing to dispose of, and the run may still be told to end when it has ended; the hold is disposed of when it has.
internal sealed class HorseRun
#pragma warning restore CA1001
{
    /// <summary>How often a work horse may die before the job's code was called, before that counts as the job's doing.</summary>
    private const int MostFalseStarts = 3;

    private static readonly TimeSpan s_shutdownNews = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_leaseLook = TimeSpan.FromMilliseconds(20);

    private readonly WorkerSetup _setup;
    private readonly HorsePool _pool;
    private readonly bool _isFresh;
    private readonly CancellationTokenSource _unwanted = new();
    private readonly HorseHold _hold;
    private TaskCompletionSource<OutcomeFrame> _ended = NewEnd();
    private ExecutionNotes? _notes;
    private string? _failure;

    /// <param name="setup">The worker.</param>
    /// <param name="pool">Its work horses.</param>
    /// <param name="running">The execution.</param>
    /// <param name="isFresh">Whether its work horse runs nothing else.</param>
    public HorseRun(WorkerSetup setup, HorsePool pool, RunningExecution running, bool isFresh)
    {
        _setup = setup;
        _pool = pool;
        Running = running;
        _isFresh = isFresh;
        _hold = new HorseHold(setup, running);
    }

    public RunningExecution Running { get; }

    private Execution Execution => Running.Execution;

    private JobHash Job => Running.Execution.Job;

    private bool IsListed => !_setup.Options.DisableDefaultExceptionHandler;

    /// <summary>Runs it.</summary>
    /// <returns>How it ended; <c>null</c> when nobody wants to know any more.</returns>
    public async Task<Outcome?> RunAsync()
    {
        Running.OnKill = KillAsync;
        Running.OnStop = OnStop;
        // Who stops it marks it first and calls OnStop then: either the mark is seen here, or OnStop there.
        Interlocked.MemoryBarrier();
        if (Running.WasStopped)
            OnStop();
        try
        {
            using CancellationTokenRegistration onLoss = Running.Token.Register(OnLoss);
            using CancellationTokenRegistration onShutdown = Running.Shutdown.Register(() => _hold.Tell(HorseSignal.Shutdown));
            Outcome? outcome = await ExecuteAsync().ConfigureAwait(false);
            if (_notes is { } notes)
                await notes.FlushAsync().ConfigureAwait(false);
            return outcome;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // It was given back, or stopped, before it had a work horse.
            return Running.WasStopped && !Running.IsOver ? Stopped() : null;
        }
        catch
        {
            await LetGoAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await _hold.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What the work horse says of this execution. Called on one thread at a time.</summary>
    public void Receive(HorseFrame frame)
    {
        switch (frame.Message)
        {
            case HorseMessage.Began:
                Execution.StartedAt = new DateTimeOffset(frame.Read(reader => reader.ReadInt64()), TimeSpan.Zero);
                Execution.HasBegun = true;
                _hold.Enter(HorseStage.Running);
                break;
            case HorseMessage.Claimed:
                _failure = frame.Read(reader => reader.ReadBoolean() ? reader.ReadString() : null);
                Running.TryClaim(out _);
                _hold.Enter(HorseStage.Concluding);
                break;
            case HorseMessage.Progress:
                (double fraction, string? text) = frame.Read(reader => (reader.ReadDouble(), reader.ReadBoolean() ? reader.ReadString() : null));
                Notes().Progress(fraction, text);
                break;
            case HorseMessage.JobLog:
                Notes().Log(frame.Read(reader => reader.ReadString()));
                break;
            case HorseMessage.Ended:
                _ended.TrySetResult(frame.Read(OutcomeFrame.Read));
                break;
        }
    }

    // What follows is short and waits for nothing, so it goes on at once on the thread that hears of the end.
    private static TaskCompletionSource<OutcomeFrame> NewEnd() => new();

    private static Outcome.Stopped Stopped() => new(new Failure(Failure.StoppedText));

    private async Task<Outcome?> ExecuteAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            HorseProcess horse = await BeginAsync(HorseMessage.Run, writer => HorseTask.Write(writer, Execution)).ConfigureAwait(false);
            using var inquest = new HorseInquest(_setup, horse);
            // What somebody stopped is not run again.
            if (await EndAsync(horse).ConfigureAwait(false) is { } outcome)
                return Running.WasStopped && outcome is Outcome.Retried or Outcome.RetriedByItself or Outcome.GivenBack ? Stopped() : outcome;
            if (Running.IsOver)
                return null;
            // One that died before it had begun, and not by our hand, may have been dead already.
            if (_hold.Stage != HorseStage.Starting || _hold.IsDoomed || Running.WasStopped || attempt == MostFalseStarts)
                return await AfterDeathAsync(horse, inquest).ConfigureAwait(false);
        }
    }

    /// <summary>Has it run, or concluded, by a work horse that is ready.</summary>
    private async Task<HorseProcess> BeginAsync(HorseMessage message, Action<BinaryWriter> body)
    {
        while (true)
        {
            HorseProcess horse = await _pool.RentAsync(_unwanted.Token).ConfigureAwait(false);
            _ended = NewEnd();
            if ((message == HorseMessage.Run && !await IsOursAsync().ConfigureAwait(false)) || !_hold.TryTake(horse))
            {
                _pool.Return(horse, null);
                throw new OperationCanceledException();
            }

            try
            {
                // Also one that does not even take the job has its time.
                _hold.Rearm();
                await horse.BeginAsync(this, message, body).ConfigureAwait(false);
                // What was told before that, it has not heard.
                if (Running.IsOver)
                    _hold.Tell(HorseSignal.Lose);
                else if (Running.WasStopped && message == HorseMessage.Run)
                    _hold.Tell(HorseSignal.Stop);
                return horse;
            }
            catch (IOException)
            {
                // It had died before it got the job.
                await LetGoAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>The worker may have stood still since it took the job, for longer than its lease: then it waits for the heartbeat, which finds out.</summary>
    private async Task<bool> IsOursAsync()
    {
        while (_setup.Pulse.IsLeaseInDoubt && !Running.IsOver && !Running.WasStopped)
            await Task.Delay(s_leaseLook, TimeProvider.System).ConfigureAwait(false);
        return !Running.IsOver;
    }

    /// <returns>How the work horse says it ended; <c>null</c> when it died.</returns>
    private async Task<Outcome?> EndAsync(HorseProcess horse)
    {
        await Task.WhenAny(_ended.Task, horse.Died).ConfigureAwait(false);
        _hold.LetGo();
        OutcomeFrame? frame = _ended.Task.IsCompleted ? await _ended.Task.ConfigureAwait(false) : null;
        // What runs on in it must not, and it cannot be told to stop.
        if (frame is null || frame.IsDirty || _hold.IsDoomed)
        {
            await horse.KillAsync().ConfigureAwait(false);
            _pool.Bury(horse);
        }
        else
        {
            string? worn = _isFresh ? "each job has its own"
                : frame.IsLeaving ? "it was told to end"
                : frame.Memory > _setup.Options.WorkHorses.MaxMemory ? $"it takes {HorseInquest.Megabytes(frame.Memory)}"
                : null;
            _pool.Return(horse, worn);
        }

        return frame?.Outcome;
    }

    private async Task<Outcome?> AfterDeathAsync(HorseProcess horse, HorseInquest inquest)
    {
        HorseExit exit = await horse.Died.ConfigureAwait(false);
        // Service managers tell all processes of a service at once; the worker may hear it a moment later than its work horse.
        bool wasAsked = exit.WasAsked && !_hold.IsDoomed && await IsStoppingAsync().ConfigureAwait(false);
        string reason = inquest.Reason(exit, byUs: _hold.IsDoomed);
        if (_hold.Stage == HorseStage.Concluding)
        {
            if (Running.WasStopped)
                return Stopped();
            if (wasAsked)
                return new Outcome.GivenBack();
            string text = $"{reason} while the job's callbacks ran.";
            Log.HorseDied(_setup.Log, _setup.Name, Execution.JobId, text);
            return RetryPolicy.AfterFailure(Job, new Failure(_failure is { } failure ? $"{text}\nwhile handling: {failure}" : text), IsListed);
        }

        Running.TryClaim(out bool wasStopped);
        if (wasStopped)
            return await ConcludeAsync(null, Stopped(), Job.StoppedCallback is not null).ConfigureAwait(false);
        if (wasAsked)
            return new Outcome.GivenBack();
        Exception exception;
        if (_hold.IsTimedOut)
        {
            exception = new JobTimeoutException(Execution.JobId, Redis.RqTime.FromSeconds(Job.Timeout ?? 0), ignored: true);
        }
        else
        {
            exception = new WorkHorseTerminatedException(reason);
            Log.HorseDied(_setup.Log, _setup.Name, Execution.JobId, reason);
            await TellHandlerAsync(new WorkHorseKilled(new Job(_setup.Connection, Job), horse.Id, exit.ExitCode, exit.Signal, inquest.PeakMemory)).ConfigureAwait(false);
        }

        Outcome failed = RetryPolicy.AfterFailure(Job, Failure.Of(exception), IsListed);
        return await ConcludeAsync(exception, failed, Job.FailureCallback is not null || _setup.Options.ExceptionHandlers.Count > 0).ConfigureAwait(false);
    }

    /// <summary>Has those who are to be told, told in another work horse: what they run is the user's too.</summary>
    private async Task<Outcome> ConcludeAsync(Exception? exception, Outcome outcome, bool isAnyoneTold)
    {
        if (!isAnyoneTold || Running.IsOver)
            return outcome;
        _hold.Enter(HorseStage.Concluding);
        // What is to be stored is known: if there is no work horse for long, nobody is told.
        using var late = new CancellationTokenSource(_setup.Options.WorkHorses.StartTimeout, _setup.Time);
        using CancellationTokenRegistration giveUp = late.Token.Register(() => _ = _unwanted.CancelAsync());
        try
        {
            HorseProcess horse = await BeginAsync(HorseMessage.Conclude, writer =>
            {
                HorseTask.Write(writer, Execution);
                DeathNote.Write(writer, exception);
            }).ConfigureAwait(false);
            return await EndAsync(horse).ConfigureAwait(false) ?? outcome;
        }
        catch (OperationCanceledException) when (!Running.IsOver)
        {
            return outcome;
        }
    }

    private async Task TellHandlerAsync(WorkHorseKilled killed)
    {
        if (_setup.Options.WorkHorseKilledHandler is not { } handler)
            return;
        try
        {
            await LimitedCall.RunAsync(_setup, threads: null, Callback.DefaultTimeout, async _ =>
            {
                await handler(killed).ConfigureAwait(false);
                return true;
            }, () => new TimeoutException($"The handler took longer than {Callback.DefaultTimeout.TotalSeconds:0} s.")).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.KilledHandlerRaised(_setup.Log, exception, _setup.Name, Execution.JobId);
        }
    }

    private async Task<bool> IsStoppingAsync()
    {
        var stopping = new TaskCompletionSource();
        using CancellationTokenRegistration registration = Running.Shutdown.Register(() => stopping.TrySetResult());
        await Task.WhenAny(stopping.Task, Task.Delay(s_shutdownNews, _setup.Time)).ConfigureAwait(false);
        return Running.Shutdown.IsCancellationRequested;
    }

    private ExecutionNotes Notes() => _notes ??= new ExecutionNotes(_setup, Execution);

    private void OnStop()
    {
        // One that waits for a work horse needs none any more.
        if (_hold.IsEmpty)
            _ = _unwanted.CancelAsync();
        _hold.Rearm();
        _hold.Tell(HorseSignal.Stop);
    }

    private void OnLoss()
    {
        if (!Running.IsOver)
            return;
        _ = _unwanted.CancelAsync();
        _hold.Rearm();
        _hold.Tell(HorseSignal.Lose);
    }

    private async Task KillAsync()
    {
        if (Running.IsOver)
            await _unwanted.CancelAsync().ConfigureAwait(false);
        await _hold.KillAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the work horse of a run that cannot go on with it.</summary>
    private async Task LetGoAsync()
    {
        if (_hold.LetGo() is not { } horse)
            return;
        await horse.KillAsync().ConfigureAwait(false);
        _pool.Bury(horse);
    }
}
