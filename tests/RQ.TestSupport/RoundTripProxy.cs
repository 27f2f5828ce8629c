using System.Net;
using System.Net.Sockets;

namespace RQ.TestSupport;

/// <summary>
/// Stands between a client and a server on this machine as a slow network does, and counts the round trips: it passes on what the client has
/// sent when it falls silent, and what the server answers when that does. So however fast the client is, what it sends without waiting for an
/// answer is one trip.
/// </summary>
public sealed class RoundTripProxy : IAsyncDisposable
{
    /// <summary>Longer than a busy machine lets a program stand still in the middle of what it sends.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(40);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private int _trips;

    /// <param name="target">The port of the server.</param>
    public RoundTripProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often somebody has waited for the server, over all connections.</summary>
    public int RoundTrips => Volatile.Read(ref _trips);

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
            await far.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            while (await PassAsync(near.GetStream(), far.GetStream(), waits: true))
            {
                Interlocked.Increment(ref _trips);
                await PassAsync(far.GetStream(), near.GetStream(), waits: true);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One side has gone, so the other goes too.
        }
    }

    /// <summary>Collects until nothing more comes for a while, and sends that on in one piece.</summary>
    /// <returns>Whether there was anything.</returns>
    private async Task<bool> PassAsync(NetworkStream from, NetworkStream to, bool waits)
    {
        using var collected = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (waits || from.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
        {
            waits = false;
            int read = await from.ReadAsync(buffer, _end.Token);
            if (read == 0)
                break;
            collected.Write(buffer, 0, read);
            await Task.Delay(s_silence, _end.Token);
        }

        await to.WriteAsync(collected.ToArray(), _end.Token);
        return collected.Length > 0;
    }
}
