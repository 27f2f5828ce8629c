using RQ.Executions;

namespace RQ.Workers;

/// <summary>Starts executions where they are to run, and tells how they ended.</summary>
internal sealed class Executors : IAsyncDisposable
{
    private readonly JobThreads _threads;
    private readonly ExecutionRunner _inProcess;

    /// <param name="setup">The worker.</param>
    /// <param name="report">Is told how an execution ended. The first to tell counts.</param>
    public Executors(WorkerSetup setup, Action<RunningExecution, Outcome> report)
    {
        _threads = new JobThreads(setup.Name);
        _inProcess = new ExecutionRunner(setup, report, _threads);
    }

    /// <summary>Starts it; does not block.</summary>
    public void Start(RunningExecution running) => _threads.Post(() => _ = _inProcess.RunAsync(running));

    public ValueTask DisposeAsync()
    {
        _threads.Dispose();
        return ValueTask.CompletedTask;
    }
}
