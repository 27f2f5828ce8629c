using Microsoft.Extensions.Logging;
using RQ.Redis;

namespace RQ;

/// <summary>
/// Makes the host's one connection, when it is first needed, and closes it with the service provider. The host makes it before its
/// other services start; if the server is not there then, the host starts all the same and the connection is made as soon as it can be.
/// </summary>
public sealed class RqConnectionSource : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task<RqConnection>> _connect;
    private readonly TaskCompletionSource<RqConnection> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private Task<RqConnection>? _attempt;
    private volatile Exception? _away;

    internal RqConnectionSource(Func<CancellationToken, Task<RqConnection>> connect) => _connect = connect;

    /// <summary>The connection, if it has been made.</summary>
    public RqConnection? Current => _connected.Task.IsCompletedSuccessfully ? _connected.Task.Result : null;

    /// <summary>The connection. Whoever has come first makes it; all others wait for the same attempt.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StackExchange.Redis.RedisConnectionException">The server cannot be reached, within <see cref="RqConnectionOptions.ConnectTimeout"/>. The next call tries again.</exception>
    /// <exception cref="RqException">The server lacks what RQ needs, or the embedded server's package is missing.</exception>
    public Task<RqConnection> GetAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
            if (_attempt is null or { IsCompleted: true, IsCompletedSuccessfully: false })
                _attempt = Task.Run(ConnectAsync);
            return _attempt.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// The connection for those who cannot await it: constructors that take an <see cref="RqConnection"/> or a <see cref="Queue"/>. It
    /// blocks only where the host has not connected before. While the server is away and the host tries again in the background, it
    /// fails at once, so that requests do not tie up threads.
    /// </summary>
    internal RqConnection GetNow()
    {
        if (Current is { } made)
            return made;
        return _away is { } failure
            ? throw new RqException(
                "Redis cannot be reached yet; the host goes on trying. What must be made meanwhile takes an IQueue, or an RqConnectionSource and awaits GetAsync. " + failure.Message,
                failure)
            : GetAsync().GetAwaiter().GetResult();
    }

    /// <summary>The connection, however long it takes until there is one. Others must try: it only waits.</summary>
    internal Task<RqConnection> WaitAsync(CancellationToken cancellationToken) => _connected.Task.WaitAsync(cancellationToken);

    /// <summary>Tries until it succeeds.</summary>
    /// <param name="failure">What the first attempt met.</param>
    /// <param name="log">Is told once that the server is away, and once that it is there.</param>
    /// <param name="time">The clock for the pauses.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task KeepTryingAsync(Exception failure, ILogger log, TimeProvider time, CancellationToken cancellationToken)
    {
        var backoff = new Backoff();
        Log.RedisIsAway(log, failure);
        string? unfit = null;
        while (true)
        {
            _away = failure;
            await Task.Delay(backoff.Next(), time, cancellationToken).ConfigureAwait(false);
            try
            {
                await GetAsync(cancellationToken).ConfigureAwait(false);
                _away = null;
                Log.RedisIsThere(log);
                return;
            }
            // What the application's own way to connect throws ends nothing, whatever it is.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !_end.IsCancellationRequested)
            {
                failure = exception;
                // It has come, but without what RQ needs: somebody should look.
                if (!ConnectionLoss.Is(exception) && unfit != exception.Message)
                    Log.RedisIsUnfit(log, exception);
                unfit = exception.Message;
            }
        }
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<RqConnection>? attempt;
        lock (_lock)
        {
            if (_end.IsCancellationRequested)
                return;
            _end.Cancel();
            attempt = _attempt;
        }

        try
        {
            if (attempt is not null)
                await (await attempt.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // There is none; those who waited for it were told why.
        }

        _end.Dispose();
    }

    private async Task<RqConnection> ConnectAsync()
    {
        RqConnection connection = await _connect(_end.Token).ConfigureAwait(false);
        _connected.TrySetResult(connection);
        return connection;
    }
}
