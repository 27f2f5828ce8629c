using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace RQ.Serialization;

/// <summary>zlib, as RQ stores calls and exception texts. What is not compressed is taken as it is, as every version of RQ does.</summary>
internal static class Compression
{
    /// <summary>What a compressed field may unfold to unless told otherwise: enough for any call, too little to exhaust a worker.</summary>
    public const long MaxInflated = 128 * 1024 * 1024;

    private const int LargestPooled = 1024 * 1024;

    /// <summary>
    /// Up to this length a call is stored as it is: compressing would cost a third of an enqueue and save a few bytes. Above it Redis
    /// gives up the compact form of a hash, which takes less than half the memory, so there a few bytes can be worth it.
    /// </summary>
    private const int ShortLength = 64;

    /// <summary>A call as it is stored: compressed, unless it is short or does not get shorter.</summary>
    public static byte[] Compact(byte[] bytes)
    {
        // It is compressed within: what is unfolded is verified first.
        if (Envelope.Is(bytes))
            return bytes;
        // What begins like zlib would be unfolded when it is read, so it must be zlib.
        bool mayStay = bytes.Length > 0 && !MayBeZlib(bytes);
        if (mayStay && bytes.Length <= ShortLength)
            return bytes;
        byte[] compressed = Deflate(bytes);
        return mayStay && bytes.Length <= compressed.Length ? bytes : compressed;
    }

    /// <summary>Compressed, if that is worth it.</summary>
    public static byte[] Shortest(byte[] bytes, out bool isCompressed)
    {
        isCompressed = false;
        if (bytes.Length <= ShortLength)
            return bytes;
        byte[] compressed = Deflate(bytes);
        isCompressed = compressed.Length < bytes.Length;
        return isCompressed ? compressed : bytes;
    }

    public static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using var output = new MemoryStream(bytes.Length / 2 + 16);
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        return output.ToArray();
    }

    public static byte[] DeflateText(string text) => Deflate(Encoding.UTF8.GetBytes(text));

    /// <exception cref="UnreadableDataException">It unfolds to more than the limit.</exception>
    public static ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> bytes, long limit = MaxInflated)
    {
        if (bytes.Length < 2 || !MayBeZlib(bytes.Span))
            return bytes;
        try
        {
            using var zlib = new ZLibStream(Open(bytes), CompressionMode.Decompress);
            return ReadAll(zlib, (int)Math.Clamp(bytes.Length * 4L, 1024, 1024 * 1024), limit);
        }
        // Not zlib, damaged, or zlib that needs a dictionary, which nobody has.
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return bytes;
        }
    }

    private static byte[] ReadAll(ZLibStream zlib, int likelySize, long limit)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(likelySize);
        try
        {
            int length = 0, read;
            while ((read = zlib.Read(buffer, length, buffer.Length - length)) > 0)
            {
                length += read;
                if (length > limit)
                    throw new UnreadableDataException($"The compressed data unfolds to more than {ByteCount.Text(limit)}.");
                if (length == buffer.Length)
                    buffer = Grow(buffer);
            }

            return buffer[..length];
        }
        finally
        {
            Return(buffer);
        }
    }

    private static byte[] Grow(byte[] full)
    {
        if (full.Length == Array.MaxLength)
            throw new UnreadableDataException($"The compressed data unfolds to more than {ByteCount.Text(full.Length)}.");
        int size = (int)Math.Min(full.Length * 2L, Array.MaxLength);
        byte[] larger = size <= LargestPooled ? ArrayPool<byte>.Shared.Rent(size) : new byte[size];
        full.CopyTo(larger, 0);
        Return(full);
        return larger;
    }

    // The pool would keep what few jobs need.
    private static void Return(byte[] buffer)
    {
        if (buffer.Length <= LargestPooled)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private static bool MayBeZlib(ReadOnlySpan<byte> bytes) => (bytes[0] & 0x0f) == 8;

    private static MemoryStream Open(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment)
        ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new MemoryStream(bytes.ToArray(), writable: false);
}
