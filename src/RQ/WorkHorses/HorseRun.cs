using System.Globalization;
using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>
/// One execution in a work horse, as the worker sees it: it passes on what the job says and is told, and ends by force what does not
/// end by itself. When the process dies it says what that means for the job, and has the callbacks called in another one.
/// </summary>
#pragma warning disable CA1001 // A source without timer and links holds nothing to dispose of, and the run may still be told to end when it has ended.
internal sealed class HorseRun
#pragma warning restore CA1001
{
    /// <summary>How long a work horse may take for what follows the function, beside callbacks: writing the result.</summary>
    private static readonly TimeSpan s_conclusion = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_sampling = TimeSpan.FromMilliseconds(500);

    private readonly WorkerSetup _setup;
    private readonly HorsePool _pool;
    private readonly bool _isFresh;
    private readonly CancellationTokenSource _unwanted = new();
    private readonly ITimer _force;
    private TaskCompletionSource<OutcomeFrame> _ended = NewEnd();
    private ExecutionNotes? _notes;
    private volatile HorseProcess? _horse;
    private volatile string? _failure;
    private volatile bool _isTimedOut;
    private volatile bool _isConcluding;
    private long _peakMemory;

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
        _force = setup.Time.CreateTimer(_ => Force(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public RunningExecution Running { get; }

    private Execution Execution => Running.Execution;

    private JobHash Job => Running.Execution.Job;

    private TimeSpan Grace => _setup.Options.TimeoutGrace;

    private bool IsListed => !_setup.Options.DisableDefaultExceptionHandler;

    /// <summary>Runs it.</summary>
    /// <returns>How it ended; <c>null</c> when nobody wants to know any more.</returns>
    public async Task<Outcome?> RunAsync()
    {
        Running.OnKill = KillAsync;
        try
        {
            Outcome? outcome = await ExecuteAsync().ConfigureAwait(false);
            if (_notes is { } notes)
                await notes.FlushAsync().ConfigureAwait(false);
            return outcome;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // It was given back before it had a work horse.
            return null;
        }
        finally
        {
            await _force.DisposeAsync().ConfigureAwait(false);
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
                if (!Running.WasStopped && !Running.IsOver && Job.Timeout is > 0 and var seconds)
                    ForceAfter(Redis.RqTime.FromSeconds(seconds) + Grace);
                break;
            case HorseMessage.Claimed:
                _failure = frame.Read(reader => reader.ReadBoolean() ? reader.ReadString() : null);
                _isConcluding = true;
                Running.TryClaim(out _);
                ForceAfter(s_conclusion + CallbackTime());
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

    private static TaskCompletionSource<OutcomeFrame> NewEnd() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<Outcome?> ExecuteAsync()
    {
        HorseProcess horse = await BeginAsync(HorseMessage.Run, writer => HorseTask.Write(writer, Execution)).ConfigureAwait(false);
        using ITimer sampler = _setup.Time.CreateTimer(_ => LookAtMemory(horse), null, s_sampling, s_sampling);
        Running.OnStop = Stop;
        // Who stops it marks it first and calls OnStop then: either the mark is seen here, or OnStop there.
        Interlocked.MemoryBarrier();
        if (Running.WasStopped)
            Stop();
        using CancellationTokenRegistration onLoss = Running.Token.Register(Lose);
        using CancellationTokenRegistration onShutdown = Running.Shutdown.Register(() => _ = horse.SignalAsync(HorseSignal.Shutdown));
        // What somebody stopped is not run again.
        if (await EndAsync(horse).ConfigureAwait(false) is { } outcome)
            return Running.WasStopped && outcome is Outcome.Retried or Outcome.RetriedByItself or Outcome.GivenBack ? Stopped() : outcome;
        return Running.IsOver ? null : await AfterDeathAsync(horse).ConfigureAwait(false);
    }

    /// <summary>Has it run by a work horse that is ready.</summary>
    private async Task<HorseProcess> BeginAsync(HorseMessage message, Action<BinaryWriter> body)
    {
        while (true)
        {
            HorseProcess horse = await _pool.RentAsync(_unwanted.Token).ConfigureAwait(false);
            if (Running.IsOver)
            {
                _pool.Return(horse, null);
                throw new OperationCanceledException();
            }

            _horse = horse;
            try
            {
                await horse.BeginAsync(this, message, body).ConfigureAwait(false);
                return horse;
            }
            catch (IOException)
            {
                // It had died before it got the job.
                await horse.KillAsync().ConfigureAwait(false);
                _pool.Bury(horse);
            }
        }
    }

    /// <returns>How the work horse says it ended; <c>null</c> when it died.</returns>
    private async Task<Outcome?> EndAsync(HorseProcess horse)
    {
        await Task.WhenAny(_ended.Task, horse.Died).ConfigureAwait(false);
        _force.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _horse = null;
        if (!_ended.Task.IsCompleted)
        {
            _pool.Bury(horse);
            return null;
        }

        OutcomeFrame frame = await _ended.Task.ConfigureAwait(false);
        // What runs on in it must not, and it cannot be told to stop.
        if (frame.IsDirty)
        {
            await horse.KillAsync().ConfigureAwait(false);
            _pool.Bury(horse);
        }
        else
        {
            string? worn = _isFresh ? "each job has its own"
                : frame.Memory > _setup.Options.WorkHorses.MaxMemory ? $"it takes {Megabytes(frame.Memory)}"
                : null;
            _pool.Return(horse, worn);
        }

        return frame.Outcome;
    }

    private async Task<Outcome?> AfterDeathAsync(HorseProcess horse)
    {
        HorseExit exit = await horse.Died.ConfigureAwait(false);
        string reason = Reason(horse, exit);
        if (_isConcluding)
        {
            string text = $"{reason} while the job's callbacks ran.";
            Log.HorseDied(_setup.Log, _setup.Name, Execution.JobId, text);
            return RetryPolicy.AfterFailure(Job, new Failure(_failure is { } failure ? $"{text}\nwhile handling: {failure}" : text), IsListed);
        }

        Running.TryClaim(out bool wasStopped);
        if (wasStopped)
            return await ConcludeAsync(null, Stopped(), Job.StoppedCallback is not null).ConfigureAwait(false);
        // Service managers tell all processes of a service at once.
        if (Running.Shutdown.IsCancellationRequested && exit.WasAsked)
            return new Outcome.GivenBack();
        Exception exception;
        if (_isTimedOut)
        {
            exception = new JobTimeoutException(Execution.JobId, Redis.RqTime.FromSeconds(Job.Timeout ?? 0), ignored: true);
        }
        else
        {
            exception = new WorkHorseTerminatedException(reason);
            Log.HorseDied(_setup.Log, _setup.Name, Execution.JobId, reason);
            await TellHandlerAsync(horse, exit).ConfigureAwait(false);
        }

        Outcome failed = RetryPolicy.AfterFailure(Job, Failure.Of(exception), IsListed);
        return await ConcludeAsync(exception, failed, Job.FailureCallback is not null || _setup.Options.ExceptionHandlers.Count > 0).ConfigureAwait(false);
    }

    /// <summary>Has those who are to be told, told in another work horse: what they run is the user's too.</summary>
    private async Task<Outcome> ConcludeAsync(Exception? exception, Outcome outcome, bool isAnyoneTold)
    {
        if (!isAnyoneTold || Running.IsOver)
            return outcome;
        _isConcluding = true;
        _ended = NewEnd();
        HorseProcess horse = await BeginAsync(HorseMessage.Conclude, writer =>
        {
            HorseTask.Write(writer, Execution);
            DeathNote.Write(writer, exception);
        }).ConfigureAwait(false);
        ForceAfter(s_conclusion + CallbackTime());
        return await EndAsync(horse).ConfigureAwait(false) ?? outcome;
    }

    private async Task TellHandlerAsync(HorseProcess horse, HorseExit exit)
    {
        if (_setup.Options.WorkHorseKilledHandler is not { } handler)
            return;
        try
        {
            await handler(new WorkHorseKilled(
                new Job(_setup.Connection, Job), horse.Id, exit.ExitCode, exit.Signal, _peakMemory > 0 ? _peakMemory : null)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.KilledHandlerRaised(_setup.Log, exception, _setup.Name, Execution.JobId);
        }
    }

    private static Outcome.Stopped Stopped() => new Outcome.Stopped(new Failure(Failure.StoppedText));

    private ExecutionNotes Notes() => _notes ??= new ExecutionNotes(_setup, Execution);

    private void Stop()
    {
        if (_horse is not { } horse)
            return;
        _ = horse.SignalAsync(HorseSignal.Stop);
        ForceAfter(Grace);
    }

    private void Lose()
    {
        if (!Running.IsOver || _horse is not { } horse)
            return;
        _ = horse.SignalAsync(HorseSignal.Lose);
        ForceAfter(Grace);
    }

    private void ForceAfter(TimeSpan time)
    {
        if (time <= WorkerOptions.LongestWait)
            _force.Change(time, Timeout.InfiniteTimeSpan);
    }

    private void Force()
    {
        if (_horse is not { } horse)
            return;
        if (_isConcluding)
            Log.ConclusionForced(_setup.Log, _setup.Name, Execution.JobId);
        else if (Running.WasStopped)
            Log.StopForced(_setup.Log, _setup.Name, Execution.JobId);
        else if (!Running.IsOver)
            TimeOut();
        Log.HorseKilled(_setup.Log, _setup.Name, horse.Id);
        _ = horse.KillAsync();
    }

    private void TimeOut()
    {
        _isTimedOut = true;
        Log.TimeoutForced(_setup.Log, _setup.Name, Execution.JobId, Job.Description);
    }

    private async Task KillAsync()
    {
        if (Running.IsOver)
            await _unwanted.CancelAsync().ConfigureAwait(false);
        if (_horse is not { } horse)
            return;
        Log.HorseKilled(_setup.Log, _setup.Name, horse.Id);
        await horse.KillAsync().ConfigureAwait(false);
    }

    private TimeSpan CallbackTime()
    {
        TimeSpan time = Grace;
        foreach (CallbackName? callback in new[] { Job.SuccessCallback, Job.FailureCallback, Job.StoppedCallback })
        {
            if (callback is not null)
                time += Min(callback.Timeout, WorkerOptions.LongestWait / 4) + Grace;
        }

        return time + _setup.Options.ExceptionHandlers.Count * (Callback.DefaultTimeout + Grace);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void LookAtMemory(HorseProcess horse)
    {
        if (horse.PeakMemory is { } peak)
            Interlocked.Exchange(ref _peakMemory, Math.Max(peak, Interlocked.Read(ref _peakMemory)));
    }

    private string Reason(HorseProcess horse, HorseExit exit)
    {
        string reason = exit.ToString();
        if (exit.Signal == 9 && horse.WasMemoryShort)
            reason += "; killed, possibly out of memory: the memory limit of its control group was reached";
        if (Interlocked.Read(ref _peakMemory) is > 0 and var peak)
            reason += $"; peak memory {Megabytes(peak)}";
        string errors = horse.LastErrors;
        return errors.Length > 0 ? $"{reason}; it wrote:\n{errors}" : $"{reason}.";
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024.0):0} MB");
}
