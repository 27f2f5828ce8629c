using System.Net;
using System.Net.Sockets;

namespace RQ.TestSupport;

/// <summary>Takes connections on a free port of this machine, and links each to a server, until it is disposed of: then all of them end.</summary>
internal sealed class ProxyListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;

    /// <param name="target">The port of the server.</param>
    /// <param name="linkAsync">Passes on what comes between a client and a connection to the server, not yet made; it returns when one of them has gone, or when it is told to end.</param>
    public ProxyListener(int target, Func<TcpClient, TcpClient, CancellationToken, Task> linkAsync)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync(linkAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connects to the server.</summary>
    public ValueTask ConnectAsync(TcpClient far, CancellationToken end) => far.ConnectAsync(IPAddress.Loopback, _target, end);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync(Func<TcpClient, TcpClient, CancellationToken, Task> linkAsync)
    {
        var links = new List<Task>();
        try
        {
            while (true)
                links.Add(LinkAsync(await _listener.AcceptTcpClientAsync(_end.Token), linkAsync));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(links);
        }
    }

    private async Task LinkAsync(TcpClient client, Func<TcpClient, TcpClient, CancellationToken, Task> linkAsync)
    {
        using TcpClient near = client;
        using var far = new TcpClient();
        try
        {
            await linkAsync(near, far, _end.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One side has gone, so the other goes too.
        }
    }
}
