using RQ.Diagnostics;
using RQ.Executions;
using RQ.Functions;
using RQ.Serialization;
using RQ.WorkHorses;

namespace RQ.Workers;

/// <summary>Starts executions where they are to run, and tells how they ended.</summary>
internal sealed class Executors : IAsyncDisposable
{
    private readonly WorkerSetup _setup;
    private readonly JobThreads _threads;
    private readonly Action<object> _runInProcess;
    private readonly SemaphoreSlim _opening = new(1);
    private volatile HorsePool? _pool;
    private Action<RunningExecution, Outcome> _report = (_, _) => { };

    public Executors(WorkerSetup setup)
    {
        _setup = setup;
        _threads = new JobThreads(setup.Name, setup.Time) { OnRefused = TellRefused };
        var inProcess = new ExecutionRunner(setup, (running, outcome) => _report(running, outcome), _threads);
        _runInProcess = running => _ = inProcess.RunAsync((RunningExecution)running);
    }

    /// <summary>Makes ready what the worker's jobs need.</summary>
    /// <exception cref="RqException">The program cannot be started as a work horse.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _setup.Options.Functions.Prepare();
        if (_setup.Options.Isolation != Isolation.None)
            await PoolAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>From here on tells there how an execution ended. The first to tell counts.</summary>
    public void ReportTo(Action<RunningExecution, Outcome> report) => _report = report;

    /// <summary>Starts them; does not block.</summary>
    public void Start(IReadOnlyList<RunningExecution> running)
    {
        if (_setup.Options.Isolation == Isolation.None && !_setup.Options.Functions.AnyIsolation)
        {
            _threads.Post(_runInProcess, running);
            return;
        }

        foreach (RunningExecution each in running)
        {
            Isolation isolation = IsolationOf(each.Execution);
            if (isolation == Isolation.None)
                _threads.Post(_runInProcess, each);
            else
                _ = RunInHorseAsync(each, isolation == Isolation.WorkHorsePerJob);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _threads.Dispose();
        _setup.Deadlines.Dispose();
        if (_pool is { } pool)
            await pool.DisposeAsync().ConfigureAwait(false);
        _opening.Dispose();
    }

    private void TellRefused(Exception exception) => Log.StepFailed(
        _setup.Log,
        new RqException("The system gives no thread for a job; it waits until there is one. Lower the concurrency, or raise the limit of threads (ulimit -u, pids.max).", exception),
        _setup.Name);

    private async Task RunInHorseAsync(RunningExecution running, bool isFresh)
    {
        try
        {
            // One that belongs to somebody else by now is reported too, so that it leaves its slot; what it says changes nothing.
            HorsePool pool = await PoolAsync(running.Shutdown).ConfigureAwait(false);
            _report(running, await new HorseRun(_setup, pool, running, isFresh).RunAsync().ConfigureAwait(false) ?? new Outcome.GivenBack());
        }
        catch (Exception) when (running.WasStopped)
        {
            // Before there was a work horse for it. What was stopped is not run again.
            _report(running, new Outcome.Stopped(new Failure(Failure.StoppedText)));
        }
        catch (OperationCanceledException)
        {
            _report(running, new Outcome.GivenBack());
        }
        catch (Exception exception)
        {
            // An execution that is not reported would keep its slot for ever.
            Log.StepFailed(_setup.Log, exception, _setup.Name);
            _report(running, RetryPolicy.AfterFailure(running.Execution.Job, Failure.Of(exception)));
        }
    }

    /// <summary>
    /// The work horses. A worker that runs jobs in its own process makes them when a function wants one: if the program cannot be one,
    /// that job fails and says so, and the next one tries again.
    /// </summary>
    /// <exception cref="RqException">The first one did not start.</exception>
    private async Task<HorsePool> PoolAsync(CancellationToken cancellationToken)
    {
        if (_pool is { } open)
            return open;
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_pool is { } opened)
                return opened;
            var pool = new HorsePool(_setup);
            try
            {
                await pool.OpenAsync(cancellationToken).ConfigureAwait(false);
                return _pool = pool;
            }
            catch
            {
                await pool.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>The function's own wish, else the worker's. A call that cannot be read fails wherever it is run.</summary>
    private Isolation IsolationOf(Execution execution)
    {
        JobFunctions functions = _setup.Options.Functions;
        if (!functions.AnyIsolation)
            return _setup.Options.Isolation;
        try
        {
            return functions.Resolve(CallData.Read(execution.Job, _setup.Connection)).Isolation ?? _setup.Options.Isolation;
        }
        catch (Exception)
        {
            return _setup.Options.Isolation;
        }
    }
}
