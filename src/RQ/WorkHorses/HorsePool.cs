using RQ.Diagnostics;
using RQ.Workers;

namespace RQ.WorkHorses;

/// <summary>
/// A worker's work horses: started before they are needed, used again or replaced. One is always on its way to readiness while
/// there may be more of them, so that a job seldom waits for a process to start.
/// </summary>
internal sealed class HorsePool : IAsyncDisposable
{
    /// <summary>How often the first one is started when somebody kills it before it is ready.</summary>
    private const int MostFirstStarts = 3;

    private static readonly TimeSpan s_youth = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly WorkerSetup _setup;
    private readonly HorseCommand _command;
    private readonly HorseHello _hello;
    private readonly int _spares;
    private readonly int _most;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closed;
    private readonly Lock _lock = new();
    private readonly HashSet<HorseProcess> _all = [];
    private readonly Stack<HorseProcess> _idle = new();
    private readonly Queue<TaskCompletionSource<HorseProcess>> _waiting = new();
    private readonly List<Task> _leaving = [];
    private int _starting;
    private int _failures;
    private bool _isPausing;
    private bool _isClosed;

    public HorsePool(WorkerSetup setup)
    {
        _setup = setup;
        WorkHorseOptions options = setup.Options.WorkHorses;
        _closed = _closing.Token;
        _command = options.Command ?? HorseCommand.OfThisProgram(options.HandedOver);
        _hello = HelloOf(setup, _command);
        bool isFresh = setup.Options.Isolation == Isolation.WorkHorsePerJob;
        _spares = isFresh ? Math.Min(setup.Options.Concurrency, Environment.ProcessorCount) : 1;
        _most = setup.Options.Concurrency + (isFresh ? _spares : 0);
    }

    /// <summary>Starts the first ones, and waits for one of them: a program that cannot be a work horse must not take jobs.</summary>
    /// <exception cref="RqException">It did not start.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        HorseProcess first = await StartFirstAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
            Add(first);
        Fill(Math.Min(_setup.Options.Concurrency, Environment.ProcessorCount) - 1);
        if (_setup.Options.WorkHorses.MaxAge is not null)
            _ = RetireAsync();
    }

    private async Task<HorseProcess> StartFirstAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await HorseProcess.StartAsync(_setup, _command, _hello, cancellationToken).ConfigureAwait(false);
            }
            catch (HorseKilledException exception) when (attempt < MostFirstStarts)
            {
                // That says nothing about the program.
                Log.HorseStartFailed(_setup.Log, exception, _setup.Name, 0);
            }
        }
    }

    /// <summary>A work horse that is ready; waits for one if need be.</summary>
    /// <exception cref="OperationCanceledException">It is no longer wanted, or the worker is leaving.</exception>
    public async Task<HorseProcess> RentAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<HorseProcess>? wait = null;
        HorseProcess? horse;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (!_idle.TryPop(out horse))
            {
                wait = new TaskCompletionSource<HorseProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue(wait);
            }
        }

        Fill(_spares);
        if (horse is not null)
            return horse;
        using CancellationTokenRegistration registration = cancellationToken.Register(() => wait!.TrySetCanceled(cancellationToken));
        return await wait!.Task.ConfigureAwait(false);
    }

    /// <summary>Takes it back after a run.</summary>
    /// <param name="horse">The work horse.</param>
    /// <param name="worn">Why it must not be used again; <c>null</c> when it may.</param>
    public void Return(HorseProcess horse, string? worn)
    {
        horse.End();
        worn ??= WornBy(horse);
        lock (_lock)
        {
            _failures = 0;
            if (worn is null && !horse.Died.IsCompleted && !_isClosed)
            {
                Offer(horse);
                return;
            }

            Remove(horse);
            if (!horse.Died.IsCompleted)
                Dismiss(horse, worn ?? "the worker stops");
        }

        Fill(_spares);
    }

    /// <summary>Its run was ended with it: it no longer counts, and another takes its place.</summary>
    public void Bury(HorseProcess horse)
    {
        horse.End();
        lock (_lock)
            Remove(horse);
        Fill(_spares);
    }

    public async ValueTask DisposeAsync()
    {
        HorseProcess[] busy;
        lock (_lock)
        {
            _isClosed = true;
            while (_idle.TryPop(out HorseProcess? horse))
            {
                Remove(horse);
                Dismiss(horse, "the worker stops");
            }

            busy = [.. _all];
            while (_waiting.TryDequeue(out TaskCompletionSource<HorseProcess>? wait))
                wait.TrySetCanceled(CancellationToken.None);
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(busy.Select(horse => horse.KillAsync())).ConfigureAwait(false);
        Task[] leaving;
        do
        {
            lock (_lock)
            {
                _leaving.RemoveAll(task => task.IsCompleted);
                leaving = [.. _leaving];
            }

            await Task.WhenAll(leaving).ConfigureAwait(false);
        }
        while (leaving.Length > 0);
        _closing.Dispose();
    }

    private static HorseHello HelloOf(WorkerSetup setup, HorseCommand command)
    {
        RqConnection rq = setup.Connection;
        Redis.RespEndpoint? embedded = rq.IsEmbedded ? rq.PrimaryEndpoint() : null;
        Microsoft.Extensions.Logging.LogLevel level = Enum.GetValues<Microsoft.Extensions.Logging.LogLevel>().First(each =>
            each == Microsoft.Extensions.Logging.LogLevel.None || setup.Log.IsEnabled(each));
        return new HorseHello(
            setup.Name, setup.Options.GivenName, [.. setup.Queues], rq.KeyPrefix, [.. command.HandedOver], level,
            rq.Capabilities.Streams, rq.Capabilities.Copy, setup.Options.WorkHorses.MaxMemory is not null, rq.Place, embedded?.Address.ToString(), embedded?.Password);
    }

    private string? WornBy(HorseProcess horse)
    {
        WorkHorseOptions options = _setup.Options.WorkHorses;
        return horse.Jobs >= options.MaxJobs ? $"it has run {horse.Jobs} jobs"
            : horse.Age >= options.MaxAge ? $"it is {horse.Age.TotalSeconds:0} s old"
            : null;
    }

    /// <summary>Starts as many as are wanted: for everyone who waits, and some to spare.</summary>
    private void Fill(int spares)
    {
        lock (_lock)
        {
            // Those that leave are gone in a moment; when they are many, they are slow, and count.
            _leaving.RemoveAll(task => task.IsCompleted);
            int slow = Math.Max(0, _leaving.Count - _starting - _most);
            while (!_isClosed && !_isPausing && _all.Count + _starting + slow < _most && _idle.Count + _starting < _waiting.Count + spares)
            {
                _starting++;
                Track(StartAsync());
            }
        }
    }

    private async Task StartAsync()
    {
        HorseProcess? horse = null;
        try
        {
            horse = await Task.Run(() => HorseProcess.StartAsync(_setup, _command, _hello, _closed)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Pause(exception);
        }
        catch (OperationCanceledException)
        {
            // The worker leaves.
        }

        lock (_lock)
        {
            _starting--;
            if (horse is not null)
                Add(horse);
        }
    }

    // Within the lock.
    private void Add(HorseProcess horse)
    {
        _all.Add(horse);
        Log.HorseReady(_setup.Log, _setup.Name, horse.Id);
        if (_isClosed)
        {
            Dismiss(horse, "the worker stops");
            return;
        }

        _ = WatchAsync(horse);
        Offer(horse);
    }

    // Within the lock.
    private void Offer(HorseProcess horse)
    {
        while (_waiting.TryDequeue(out TaskCompletionSource<HorseProcess>? wait))
        {
            if (wait.TrySetResult(horse))
                return;
        }

        _idle.Push(horse);
    }

    // Within the lock.
    private void Remove(HorseProcess horse)
    {
        _all.Remove(horse);
        if (_idle.Contains(horse))
        {
            HorseProcess[] others = [.. _idle.Where(each => each != horse).Reverse()];
            _idle.Clear();
            foreach (HorseProcess other in others)
                _idle.Push(other);
        }
    }

    // Within the lock.
    private void Dismiss(HorseProcess horse, string reason)
    {
        Track(horse.LeaveAsync(reason));
    }

    // Within the lock. What is still on its way when the worker leaves is waited for.
    private void Track(Task task) => _leaving.Add(task);

    /// <summary>One that dies without a job is replaced; one that does so young may do so again and again.</summary>
    private async Task WatchAsync(HorseProcess horse)
    {
        HorseExit exit = await horse.Died.ConfigureAwait(false);
        bool wasIdle;
        lock (_lock)
        {
            wasIdle = _idle.Contains(horse);
            if (wasIdle)
                Remove(horse);
        }

        if (!wasIdle || horse.IsLeaving)
            return;
        Log.IdleHorseDied(_setup.Log, _setup.Name, horse.Id, exit.ToString());
        if (horse.Age < s_youth)
            Pause(null);
        else
            Fill(_spares);
    }

    /// <summary>Replaces those that have grown too old while they had no job; one that is busy is looked at when it comes back.</summary>
    private async Task RetireAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _setup.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closed).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    foreach (HorseProcess horse in _idle.ToArray())
                    {
                        if (WornBy(horse) is not { } worn)
                            continue;
                        Remove(horse);
                        Dismiss(horse, worn);
                    }
                }

                Fill(_spares);
            }
        }
        catch (OperationCanceledException)
        {
            // The worker leaves.
        }
    }

    /// <summary>Waits before the next start: 1, 2, 4 … 30 s.</summary>
    private void Pause(Exception? exception)
    {
        TimeSpan pause;
        lock (_lock)
        {
            if (_isPausing || _isClosed)
                return;
            _isPausing = true;
            pause = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(_failures++, 10)), s_longestPause.TotalSeconds));
        }

        if (exception is not null)
            Log.HorseStartFailed(_setup.Log, exception, _setup.Name, pause.TotalSeconds);
        _ = GoOnAsync(pause);
    }

    private async Task GoOnAsync(TimeSpan pause)
    {
        await Task.WhenAny(Task.Delay(pause, _setup.Time, _closed)).ConfigureAwait(false);
        lock (_lock)
            _isPausing = false;
        Fill(_spares);
    }
}
