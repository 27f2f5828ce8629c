using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RQ.Redis;

namespace RQ;

/// <summary>
/// Connects before the other services of the host start, so that nobody has to wait for it later. A server that is not there holds
/// the start up for one attempt only.
/// </summary>
internal sealed class ConnectionService(RqConnectionSource source, RqConfiguration configuration, ILoggerFactory loggers) : IHostedLifecycleService, IDisposable
{
    private readonly ILogger _log = loggers.CreateLogger(Log.Category);
    private readonly CancellationTokenSource _stop = new();
    private Task? _trying;

    /// <exception cref="RqException">The server lacks what RQ needs, or the embedded server's package is missing: then the host does not start.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        // A work horse has the configuration of its worker's host, which has said it.
        if (!WorkHorse.IsThisProcess)
            configuration.TellUnused(_log);
        try
        {
            await source.GetAsync(cancellationToken).ConfigureAwait(false);
            _trying = Task.CompletedTask;
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            _trying = source.KeepTryingAsync(exception, _log, TimeProvider.System, _stop.Token);
        }
    }

    // Hosts that do not know IHostedLifecycleService come here first.
    public Task StartAsync(CancellationToken cancellationToken) => _trying is null ? StartingAsync(cancellationToken) : Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await (_trying ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();
}
