using System.Net;
using System.Net.Sockets;

namespace RQ.TestSupport;

/// <summary>
/// Stands between a client and a server on this machine and can fall silent: new connections are then accepted but nothing
/// answers on them, as behind a router that drops packets. Connections made before go on. Or the other way round: those made
/// before fall silent for ever, and new ones work.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = new();
    private int _hung;
    private int _generation;

    /// <param name="target">The port of the server.</param>
    public TcpProxy(int target)
    {
        _target = target;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>How many connections have hung so far.</summary>
    public int Hung => Volatile.Read(ref _hung);

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on new connections hang.</summary>
    public void Stall() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>On connections made before nothing comes through any more, in either direction, not even that one end has closed.</summary>
    public void DropAll() => Interlocked.Increment(ref _generation);

    /// <summary>Those that hang are connected, and new ones at once.</summary>
    public void Resume() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var links = new List<Task>();
        try
        {
            while (true)
                links.Add(LinkAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(links);
        }
    }

    private async Task LinkAsync(TcpClient client)
    {
        using TcpClient near = client;
        using var far = new TcpClient();
        try
        {
            if (!_open.Task.IsCompleted)
                Interlocked.Increment(ref _hung);
            await _open.Task.WaitAsync(_end.Token);
            await far.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            int born = Volatile.Read(ref _generation);
            Task[] both = [PumpAsync(near.GetStream(), far.GetStream(), born, over.Token), PumpAsync(far.GetStream(), near.GetStream(), born, over.Token)];
            await Task.WhenAny(both);
            if (Volatile.Read(ref _generation) != born)
                await Task.Delay(Timeout.Infinite, over.Token);
            await over.CancelAsync();
            await Task.WhenAll(both);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One side has gone, so the other goes too.
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, int born, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (Volatile.Read(ref _generation) == born)
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
