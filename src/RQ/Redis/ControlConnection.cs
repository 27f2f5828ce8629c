using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// A connection for the few commands about other connections, which the shared one refuses unless its owner allowed
/// administration. Opened when first needed.
/// </summary>
internal sealed class ControlConnection(RqConnection rq) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private RespConnection? _connection;

    /// <summary>Sends a command whose failure does no harm: what it was to hurry along then ends by its own time-out.</summary>
    public async Task TryAsync(params RedisValue[] command)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            using var limit = new CancellationTokenSource(rq.ConnectTimeout, rq.TimeProvider);
            _connection ??= await RespConnection.ConnectAsync(rq.PrimaryEndpoint(), null, limit.Token).ConfigureAwait(false);
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
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _turn.Dispose();
    }
}
