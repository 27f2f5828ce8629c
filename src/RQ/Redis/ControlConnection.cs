using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// A connection for the few commands about other connections, which the shared one refuses unless its owner allowed
/// administration. Opened when first needed.
/// </summary>
internal sealed class ControlConnection(RqConnection rq) : IDisposable
{
    /// <summary>For so long a server that could not be reached is not tried again: many have something to say when it goes.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    // Not disposed of: a call that is under way at the end still lets go of it.
    private readonly SemaphoreSlim _turn = new(1);
    private RespConnection? _connection;
    private long? _unreachable;
    private volatile bool _isDisposed;

    /// <summary>Ends the blocking command of a connection, if it is in one.</summary>
    public Task UnblockAsync(ConnectionNumber connection) => TryAsync(connection, "CLIENT", "UNBLOCK", connection.Id);

    /// <summary>Closes a connection.</summary>
    public Task KillAsync(ConnectionNumber connection) => TryAsync(connection, "CLIENT", "KILL", "ID", connection.Id);

    // A failure does no harm: what the command was to hurry along ends by its own time-out.
    private async Task TryAsync(ConnectionNumber about, params RedisValue[] command)
    {
        if (!about.IsKnown)
            return;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            using var limit = new CancellationTokenSource(rq.ConnectTimeout, rq.TimeProvider);
            if (_connection is { } other && other.Number.ServerRun != about.ServerRun)
            {
                // After a fail-over it leads to the server that was the primary before.
                other.Dispose();
                _connection = null;
            }

            if (_isDisposed || (_connection is null && _unreachable is { } since && rq.TimeProvider.GetElapsedTime(since) < s_pause))
                return;
            _connection ??= await ConnectAsync(limit.Token).ConfigureAwait(false);
            if (_connection.Number.ServerRun != about.ServerRun)
                return;
            _connection.Write(command);
            await _connection.FlushAsync(limit.Token).ConfigureAwait(false);
            await _connection.ReceiveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException || ConnectionLoss.Is(exception))
        {
            _connection?.Dispose();
            _connection = null;
        }
        finally
        {
            if (_isDisposed)
                _connection?.Dispose();
            _turn.Release();
        }
    }

    private async Task<RespConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            RespConnection connection = await RespConnection.ConnectAsync(rq.PrimaryEndpoint(), null, cancellationToken).ConfigureAwait(false);
            _unreachable = null;
            return connection;
        }
        catch
        {
            _unreachable = rq.TimeProvider.GetTimestamp();
            throw;
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _connection?.Dispose();
    }
}
