using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>A connection over which many calls may be on their way, from its opening to its end. The answers come in the order of the calls.</summary>
/// <param name="connection">The connection; the session closes it.</param>
/// <param name="timeout">How long an answer may take.</param>
/// <param name="onLoss">Called once, when nothing more can come. It must see to it that <see cref="Fail"/> is called.</param>
internal sealed class PipelinedSession(RespConnection connection, TimeSpan timeout, Action<PipelinedSession, IOException> onLoss)
{
    /// <summary>After so long without a call the connection is tried, so that nothing on the way takes it for dead.</summary>
    private static readonly TimeSpan s_tryEvery = TimeSpan.FromSeconds(30);

    /// <summary>So much is held back at most, in bytes.</summary>
    private const int MostHeld = 1024 * 1024;

    private readonly Lock _sending = new();
    private readonly ConcurrentQueue<Pending> _pending = new();
    private long _lastSent = Stopwatch.GetTimestamp();
    private int _held;
    private volatile bool _isLeft;
    private volatile bool _isClosed;

    public ConnectionNumber Number => connection.Number;

    /// <summary>Where it leads to.</summary>
    public EndPoint Address => connection.Address;

    private static bool IsTimeout(Exception exception) =>
        exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock };

    /// <summary>Begins to read, on a thread of its own.</summary>
    public void Start(string name)
    {
        connection.ReceiveTimeout = timeout;
        new Thread(Run) { IsBackground = true, Name = name }.UnsafeStart();
    }

    /// <returns>What becomes the server's answer, also when it is an error; <c>null</c> when the connection is of no use any more, and nothing was sent.</returns>
    public Task<RedisResult>? Send(ScriptCall call)
    {
        // Without a detour: what waits for the answer goes on on the thread that reads it.
        var answer = new TaskCompletionSource<RedisResult>();
        lock (_sending)
        {
            if (_isLeft)
                return null;
            try
            {
                connection.Write(call);
            }
            catch
            {
                // Half a command must not be followed by another one.
                _isLeft = true;
                connection.Abort();
                throw;
            }

            Sent(answer);
        }

        return answer.Task;
    }

    /// <summary>Calls are written down, and sent with <see cref="Release"/>.</summary>
    public void Hold()
    {
        lock (_sending)
            _held++;
    }

    public void Release()
    {
        lock (_sending)
        {
            _held--;
            FlushUnlessHeld();
        }
    }

    /// <summary>Takes no more calls. It closes when the last answer has come.</summary>
    public void Leave()
    {
        lock (_sending)
        {
            _isLeft = true;
            _isClosed = _pending.IsEmpty;
            if (_isClosed)
                connection.Dispose();
        }
    }

    public void Close()
    {
        _isClosed = true;
        // First this: it ends a flush that the server does not take.
        connection.Dispose();
        lock (_sending)
            _isLeft = true;
    }

    /// <summary>Tells those who wait for an answer that none will come.</summary>
    public void Fail(IOException exception)
    {
        Close();
        while (_pending.TryDequeue(out Pending? pending))
        {
            pending.Answer.TrySetException(exception);
            // Nobody may be waiting, as for the answer of a PING.
            _ = pending.Answer.Task.Exception;
        }
    }

    private void Sent(TaskCompletionSource<RedisResult> answer)
    {
        _lastSent = Stopwatch.GetTimestamp();
        _pending.Enqueue(new Pending(answer, _lastSent));
        FlushUnlessHeld();
    }

    private void FlushUnlessHeld()
    {
        if (_held > 0 && connection.Unsent < MostHeld)
            return;
        try
        {
            connection.Flush();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The thread that reads finds out, and tells those who wait.
            connection.Abort();
        }
    }

    private void Run()
    {
        try
        {
            while (Receive())
            {
            }
        }
        catch (Exception exception)
        {
            // Closed by us, with nothing on its way: nothing is lost.
            if (_isClosed && _pending.IsEmpty)
                return;
            connection.Abort();
            onLoss(this, exception as IOException ?? new IOException($"The connection to the server was lost: {exception.Message}", exception));
        }
    }

    /// <returns>Whether more may come.</returns>
    private bool Receive()
    {
        RedisResult? answer = null;
        try
        {
            answer = connection.Receive();
        }
        catch (IOException exception) when (IsTimeout(exception) && !IsOverdue)
        {
            TryIfSilent();
        }

        if (answer is not null)
        {
            if (!_pending.TryDequeue(out Pending? pending))
                throw new IOException($"The server sent what nobody has asked for: {answer}");
            pending.Answer.TrySetResult(answer);
        }

        // Not in each turn: who sends may have to wait for the server, which then waits for its answers to be read.
        if (!_isLeft)
            return true;
        lock (_sending)
        {
            if (!_pending.IsEmpty)
                return true;
        }

        connection.Dispose();
        return false;
    }

    private bool IsOverdue => _pending.TryPeek(out Pending? oldest) && Stopwatch.GetElapsedTime(oldest.SentAt) >= timeout;

    private void TryIfSilent()
    {
        lock (_sending)
        {
            if (_isLeft || _held > 0 || Stopwatch.GetElapsedTime(_lastSent) < s_tryEvery)
                return;
            connection.Write("PING");
            Sent(new TaskCompletionSource<RedisResult>());
        }
    }

    private sealed record Pending(TaskCompletionSource<RedisResult> Answer, long SentAt);
}
