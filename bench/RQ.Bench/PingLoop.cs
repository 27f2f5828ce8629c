using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace RQ.Bench;

/// <summary>
/// Asks the server again and again, from a thread and a connection of its own, how long it takes to answer: the longest answer is how long something
/// else held the server, or the machine.
/// </summary>
internal sealed class PingLoop : IDisposable
{
    private readonly Socket _socket;
    private readonly Thread _thread;
    private volatile bool _stop;
    private TimeSpan _longest;

    private PingLoop(Socket socket)
    {
        _socket = socket;
        _thread = new Thread(Ping) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    /// <returns><c>null</c> for a server that cannot be asked like this: an embedded one, or one that wants a password.</returns>
    public static PingLoop? Start(RqConnection rq)
    {
        try
        {
            EndPoint server = rq.Multiplexer.GetEndPoints()[0];
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(server);
            if (Answers(socket))
                return new PingLoop(socket);
            socket.Dispose();
            return null;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Stops, and says how long the longest answer took.</summary>
    public TimeSpan Stop()
    {
        _stop = true;
        _thread.Join();
        return _longest;
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Ping()
    {
        while (!_stop)
        {
            long begin = Stopwatch.GetTimestamp();
            if (!Answers(_socket))
                return;
            TimeSpan took = Stopwatch.GetElapsedTime(begin);
            if (took > _longest)
                _longest = took;
            Thread.Sleep(1);
        }
    }

    private static bool Answers(Socket socket)
    {
        socket.Send("PING\r\n"u8);
        Span<byte> answer = stackalloc byte[64];
        return socket.Receive(answer) > 0 && answer[0] == '+';
    }
}
