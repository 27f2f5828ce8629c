using System.Net.Sockets;

namespace RQ.TestSupport;

/// <summary>
/// Stands between a client and a server on this machine as a slow network does, and counts the round trips: it passes on what the client has
/// sent when it falls silent, and what the server answers at once. So however fast the client is, what it sends without waiting for an
/// answer is one trip.
/// </summary>
public sealed class RoundTripProxy : IAsyncDisposable
{
    /// <summary>Longer than a busy machine lets a program stand still in the middle of what it sends.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(150);

    private readonly ProxyListener _listener;
    private int _trips;

    /// <param name="target">The port of the server.</param>
    public RoundTripProxy(int target) => _listener = new ProxyListener(target, LinkAsync);

    public int Port => _listener.Port;

    /// <summary>How often somebody has waited for the server, over all connections.</summary>
    public int RoundTrips => Volatile.Read(ref _trips);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task LinkAsync(TcpClient near, TcpClient far, CancellationToken end)
    {
        await _listener.ConnectAsync(far, end);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task answers = far.GetStream().CopyToAsync(near.GetStream(), over.Token);
        try
        {
            while (await PassAsync(near.GetStream(), far.GetStream(), over.Token))
                Interlocked.Increment(ref _trips);
        }
        finally
        {
            await over.CancelAsync();
            await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Collects until nothing more comes for a while, and sends that on in one piece.</summary>
    /// <returns>Whether there was anything.</returns>
    private static async Task<bool> PassAsync(NetworkStream from, NetworkStream to, CancellationToken end)
    {
        using var collected = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        do
        {
            int read = await from.ReadAsync(buffer, end);
            if (read == 0)
                break;
            collected.Write(buffer, 0, read);
            await Task.Delay(s_silence, end);
        }
        while (from.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));

        await to.WriteAsync(collected.ToArray(), end);
        return collected.Length > 0;
    }
}
