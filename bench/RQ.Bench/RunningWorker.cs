namespace RQ.Bench;

/// <summary>A worker in this process, from its making to its disposal.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public RunningWorker(Worker worker) => _running = worker.RunAsync(_stop.Token);

    /// <summary>Ends well when the worker was told to; throws when it could not run.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
