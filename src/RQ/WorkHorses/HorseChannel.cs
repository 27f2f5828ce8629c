using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace RQ.WorkHorses;

/// <summary>
/// The connection between a worker and one of its work horses: a socket, which unlike an inherited pipe is closed in every other
/// child, so that its end means the end of the other side. Frames: length of the body (4 bytes, little-endian), message (1 byte), body.
/// </summary>
internal sealed class HorseChannel(Socket socket) : IDisposable
{
    private const int Header = 5;
    private const int MaxBody = 1 << 30;

    private readonly SemaphoreSlim _sending = new(1);

    /// <summary>Sends from the work horse, which has threads to spare. What cannot be sent is lost with the worker.</summary>
    public void Send(HorseMessage message, Action<BinaryWriter>? body = null)
    {
        byte[] frame = Frame(message, body);
        _sending.Wait();
        try
        {
            for (int sent = 0; sent < frame.Length;)
                sent += socket.Send(frame.AsSpan(sent));
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

    /// <summary>Sends from the worker: a work horse that stands still must not hold up a thread.</summary>
    /// <exception cref="IOException">The work horse is gone.</exception>
    public async Task SendAsync(HorseMessage message, Action<BinaryWriter>? body = null)
    {
        byte[] frame = Frame(message, body);
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            for (int sent = 0; sent < frame.Length;)
                sent += await socket.SendAsync(frame.AsMemory(sent)).ConfigureAwait(false);
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

    /// <summary>Receives in the work horse; blocks a thread that does nothing else, so that it works whatever the job does to the thread pool.</summary>
    /// <returns><c>null</c> when the other side is gone.</returns>
    public HorseFrame? Receive()
    {
        byte[] header = new byte[Header];
        return Fill(header) && Body(header) is { } body && Fill(body) ? new HorseFrame((HorseMessage)header[4], body) : null;
    }

    /// <summary>Receives in the worker.</summary>
    /// <inheritdoc cref="Receive"/>
    public async Task<HorseFrame?> ReceiveAsync()
    {
        byte[] header = new byte[Header];
        return await FillAsync(header).ConfigureAwait(false) && Body(header) is { } body && await FillAsync(body).ConfigureAwait(false)
            ? new HorseFrame((HorseMessage)header[4], body)
            : null;
    }

    // The semaphore's handle is never asked for, so there is nothing to dispose of; late senders may still hold it.
    public void Dispose() => socket.Dispose();

    private static byte[] Frame(HorseMessage message, Action<BinaryWriter>? body)
    {
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[Header]);
        if (body is not null)
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            body(writer);
        }

        byte[] frame = stream.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - Header);
        frame[4] = (byte)message;
        return frame;
    }

    /// <summary>Room for the body; <c>null</c> when that is no header: something else than RQ has written to the socket.</summary>
    private static byte[]? Body(byte[] header) =>
        Enum.IsDefined((HorseMessage)header[4]) && BinaryPrimitives.ReadInt32LittleEndian(header) is >= 0 and <= MaxBody and var length ? new byte[length] : null;

    private bool Fill(byte[] buffer)
    {
        try
        {
            for (int filled = 0; filled < buffer.Length;)
            {
                int received = socket.Receive(buffer.AsSpan(filled));
                if (received == 0)
                    return false;
                filled += received;
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task<bool> FillAsync(byte[] buffer)
    {
        try
        {
            for (int filled = 0; filled < buffer.Length;)
            {
                int received = await socket.ReceiveAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                if (received == 0)
                    return false;
                filled += received;
            }

            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}

/// <summary>One message as it was received.</summary>
internal sealed record HorseFrame(HorseMessage Message, byte[] Body)
{
    /// <summary>Reads the body.</summary>
    public T Read<T>(Func<BinaryReader, T> read)
    {
        using var reader = new BinaryReader(new MemoryStream(Body), Encoding.UTF8);
        return read(reader);
    }
}
