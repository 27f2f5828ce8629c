using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace RQ.Chaos.Cast;

/// <summary>
/// What lies between one process and the server, and what can go wrong there: connections are cut, bytes come late, and bytes are lost. A
/// connection that has lost a byte never carries another one in that direction, as TCP never does, but nobody is told: it is half open.
/// </summary>
internal sealed class Link : IDisposable
{
    /// <summary>How long the far end of a half-open connection stays when the near one has gone.</summary>
    private static readonly TimeSpan s_haunting = TimeSpan.FromSeconds(15);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Wire, bool> _wires = new();
    private readonly int _target;
    private volatile TaskCompletionSource _passage = Opened();
    private volatile int _delay;
    private volatile bool _losesRequests;
    private volatile bool _losesAnswers;

    public Link(int target)
    {
        _target = target;
        _listener.Start(512);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Every chunk takes so long, in both directions.</summary>
    public TimeSpan Delay
    {
        set => _delay = (int)value.TotalMilliseconds;
    }

    /// <summary>Whether what the process sends is lost.</summary>
    public bool LosesRequests
    {
        set => _losesRequests = value;
    }

    /// <summary>Whether what the server sends is lost.</summary>
    public bool LosesAnswers
    {
        set => _losesAnswers = value;
    }

    /// <summary>Nothing arrives from now on, but it will: see <see cref="Release"/>.</summary>
    public void Hold() => _passage = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held arrives.</summary>
    public void Release() => _passage.TrySetResult();

    /// <summary>Ends all connections at once, on both sides.</summary>
    public void Cut()
    {
        foreach (Wire wire in _wires.Keys)
            wire.Dispose();
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        Cut();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(new Wire(await _listener.AcceptSocketAsync(_end.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It is disposed of.
        }
    }

    private async Task CarryAsync(Wire wire)
    {
        _wires[wire] = true;
        try
        {
            await wire.ConnectAsync(_target);
            Task requests = PumpAsync(wire.Near, wire.Far, () => _losesRequests, wire);
            Task answers = PumpAsync(wire.Far, wire.Near, () => _losesAnswers, wire);
            await Task.WhenAny(requests, answers);
            // The end of a half-open connection is not seen on the other side either.
            if (wire.IsHalfOpen)
                await Task.Delay(s_haunting, wire.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has gone, so the other goes too.
        }

        _wires.TryRemove(wire, out _);
        wire.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to, Func<bool> loses, Wire wire)
    {
        byte[] buffer = new byte[32 * 1024];
        bool isDead = false;
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                if (_delay is var delay and > 0)
                    await Task.Delay(delay, wire.Token);
                await _passage.Task.WaitAsync(wire.Token);
                isDead |= loses();
                wire.IsHalfOpen |= isDead;
                for (int sent = 0; !isDead && sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    /// <summary>One connection.</summary>
    private sealed class Wire(Socket near) : IDisposable
    {
        private readonly CancellationTokenSource _end = new();

        public Socket Near { get; } = near;

        public Socket Far { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public CancellationToken Token => _end.Token;

        public bool IsHalfOpen { get; set; }

        public async Task ConnectAsync(int target)
        {
            Near.NoDelay = true;
            await Far.ConnectAsync(IPAddress.Loopback, target, Token);
        }

        /// <summary>Cuts it: the other side sees a reset.</summary>
        public void Dispose()
        {
            _end.Cancel();
            Near.Close(0);
            Far.Close(0);
        }
    }
}
