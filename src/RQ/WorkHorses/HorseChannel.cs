using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace RQ.WorkHorses;

/// <summary>
/// The connection between a worker and one of its work horses: a socket, which unlike an inherited pipe is closed in every other
/// child, so that its end means the end of the other side. Frames: length of the body (4 bytes, little-endian), message (1 byte), body.
/// </summary>
internal sealed class HorseChannel : IDisposable
{
    private const int Header = 5;
    private const int MaxBody = 1 << 30;

    /// <summary>What a socket surely takes at once when it takes something.</summary>
    private const int Small = 16 * 1024;

    /// <summary>Above this a buffer is let go of again.</summary>
    private const int LargestKept = 1024 * 1024;

    private readonly Socket? _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private MemoryStream _unsent = new(1024);
    private byte[] _received = new byte[Small];
    private int _start;
    private int _end;

    public HorseChannel(Socket socket) => _socket = socket;

    private HorseChannel()
    {
    }

    /// <summary>One on which whatever is sent is lost, and nothing comes.</summary>
    public static HorseChannel ToNowhere() => new();

    /// <summary>Sends from the work horse, which has threads to spare. What cannot be sent is lost with the worker.</summary>
    /// <param name="message">What kind it is.</param>
    /// <param name="body">Writes the body.</param>
    /// <param name="waits">Whether it goes with the next one that does not wait.</param>
    public void Send(HorseMessage message, Action<BinaryWriter>? body = null, bool waits = false)
    {
        _sending.Wait();
        try
        {
            Append(message, body);
            if (!waits)
                Flush();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Whoever receives finds out, and ends the process.
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends from the worker: a work horse that stands still must not hold up the caller, nor the thread pool.</summary>
    /// <exception cref="IOException">The work horse is gone.</exception>
    public async Task SendAsync(HorseMessage message, Action<BinaryWriter>? body = null)
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            Append(message, body);
            // An asynchronous call would make every receive on the socket a detour by the thread pool.
            if (_unsent.Length <= Small && _socket?.Poll(0, SelectMode.SelectWrite) != false)
                Flush();
            else
                await Task.Factory.StartNew(Flush, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw new IOException("The work horse is gone.", exception);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>
    /// Receives, and blocks a thread that does nothing else: in the work horse so that it works whatever the job does to the thread
    /// pool, in the worker so that what a work horse says is heard without detours.
    /// </summary>
    /// <returns>The next message, which is good until the next call; <c>null</c> when the other side is gone.</returns>
    public HorseFrame? Receive()
    {
        if (!Fill(Header) || BodyLength(_received.AsSpan(_start, Header)) is not { } length || !Fill(Header + length))
            return null;
        var frame = new HorseFrame((HorseMessage)_received[_start + 4], new ArraySegment<byte>(_received, _start + Header, length));
        _start += Header + length;
        return frame;
    }

    // The semaphore's handle is never asked for, so there is nothing to dispose of; late senders may still hold it.
    public void Dispose() => _socket?.Dispose();

    private void Append(HorseMessage message, Action<BinaryWriter>? body)
    {
        long start = _unsent.Length;
        try
        {
            _unsent.Write(stackalloc byte[Header]);
            if (body is not null)
            {
                using var writer = new BinaryWriter(_unsent, Encoding.UTF8, leaveOpen: true);
                body(writer);
            }

            Span<byte> frame = _unsent.GetBuffer().AsSpan((int)start, (int)(_unsent.Length - start));
            BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - Header);
            frame[4] = (byte)message;
        }
        catch
        {
            _unsent.SetLength(start);
            throw;
        }
    }

    private void Flush()
    {
        try
        {
            for (ReadOnlySpan<byte> rest = _unsent.GetBuffer().AsSpan(0, (int)_unsent.Length); rest.Length > 0 && _socket is not null;)
                rest = rest[_socket.Send(rest)..];
        }
        finally
        {
            if (_unsent.Capacity > LargestKept)
                _unsent = new MemoryStream(Small);
            _unsent.SetLength(0);
        }
    }

    /// <summary>How long the body is; <c>null</c> when that is no header: something else than RQ has written to the socket.</summary>
    private static int? BodyLength(ReadOnlySpan<byte> header) =>
        Enum.IsDefined((HorseMessage)header[4]) && BinaryPrimitives.ReadInt32LittleEndian(header) is >= 0 and <= MaxBody and var length ? length : null;

    /// <summary>Receives until so many bytes are there.</summary>
    private bool Fill(int count)
    {
        try
        {
            while (_end - _start < count)
            {
                // A length is believed as its bytes come.
                MakeRoom(Math.Min(count, Math.Max(LargestKept, 2 * (_end - _start))));
                int received = _socket?.Receive(_received.AsSpan(_end)) ?? 0;
                if (received == 0)
                    return false;
                _end += received;
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private void MakeRoom(int count)
    {
        int there = _end - _start;
        if (count > _received.Length || (count <= Small && _received.Length > LargestKept))
        {
            byte[] buffer = new byte[Math.Max(Math.Max(count, there), Small)];
            _received.AsSpan(_start, there).CopyTo(buffer);
            _received = buffer;
        }
        else if (there == 0 || _start + count > _received.Length)
        {
            _received.AsSpan(_start, there).CopyTo(_received);
        }
        else
        {
            return;
        }

        _start = 0;
        _end = there;
    }
}

/// <summary>One message as it was received.</summary>
internal sealed record HorseFrame(HorseMessage Message, ArraySegment<byte> Body)
{
    /// <summary>Reads the body.</summary>
    /// <exception cref="InvalidDataException">It is not what the message's kind says.</exception>
    public T Read<T>(Func<BinaryReader, T> read)
    {
        using var reader = new BinaryReader(new MemoryStream(Body.Array!, Body.Offset, Body.Count, writable: false), Encoding.UTF8);
        try
        {
            return read(reader);
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"A message '{Message}' of {Body.Count} bytes cannot be read: {exception.Message}", exception);
        }
    }
}
