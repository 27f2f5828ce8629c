using System.Collections.Concurrent;
using System.Net.Sockets;

namespace RQ.TestSupport;

/// <summary>
/// Stands between a client and a server on this machine and can fall silent: new connections are then accepted but nothing
/// answers on them, as behind a router that drops packets. Connections made before go on, unless they are made to fall silent too.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly ProxyListener _listener;
    private volatile TaskCompletionSource _open = new();
    private readonly ConcurrentDictionary<int, CancellationTokenSource> _links = new();
    private int _hung;
    private volatile int _count;
    private volatile int _unanswered;
    private volatile int _unheard;

    /// <param name="target">The port of the server.</param>
    public TcpProxy(int target)
    {
        _open.SetResult();
        _listener = new ProxyListener(target, LinkAsync);
    }

    /// <summary>How many connections have hung so far.</summary>
    public int Hung => Volatile.Read(ref _hung);

    /// <summary>How many connections were made so far.</summary>
    public int Count => _count;

    public int Port => _listener.Port;

    /// <summary>From now on new connections hang.</summary>
    public void Stall() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Those that hang are connected, and new ones at once.</summary>
    public void Resume() => _open.TrySetResult();

    /// <summary>What the server answers on the connections of this moment reaches nobody any more.</summary>
    public void DropAnswers() => _unanswered = _count;

    /// <summary>Nothing passes on the connections of this moment any more, in neither direction, not even their end.</summary>
    public void Silence() => _unanswered = _unheard = _count;

    /// <summary>Ends the connections of this moment.</summary>
    public void Reset()
    {
        foreach (CancellationTokenSource link in _links.Values)
        {
            try
            {
                link.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended by itself.
            }
        }
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task LinkAsync(TcpClient near, TcpClient far, CancellationToken end)
    {
        int number = Interlocked.Increment(ref _count);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(end);
        _links[number] = over;
        try
        {
            if (!_open.Task.IsCompleted)
                Interlocked.Increment(ref _hung);
            await _open.Task.WaitAsync(over.Token);
            await _listener.ConnectAsync(far, over.Token);
            Task[] both =
            [
                CopyAsync(near.GetStream(), far.GetStream(), () => number <= _unheard, over.Token),
                CopyAsync(far.GetStream(), near.GetStream(), () => number <= _unanswered, over.Token),
            ];
            await Task.WhenAny(both);
            if (number <= _unheard)
                await Task.Delay(Timeout.InfiniteTimeSpan, over.Token);
            await over.CancelAsync();
            await Task.WhenAll(both);
        }
        finally
        {
            _links.TryRemove(number, out _);
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to, Func<bool> isDropped, CancellationToken end)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, end) is var read and > 0)
        {
            if (!isDropped())
                await to.WriteAsync(buffer.AsMemory(0, read), end);
        }
    }
}
