using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace RQ.Serialization;

/// <summary>zlib, as RQ stores calls and exception texts. What is not compressed is taken as it is, as RQ does.</summary>
internal static class Compression
{
    /// <summary>What a compressed field may unfold to unless told otherwise: enough for any call, too little to exhaust a worker.</summary>
    public const long MaxInflated = 128 * 1024 * 1024;

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
        if (bytes.Length < 2 || (bytes.Span[0] & 0x0f) != 8)
            return bytes;
        try
        {
            using var zlib = new ZLibStream(Open(bytes), CompressionMode.Decompress);
            using var output = new MemoryStream((int)Math.Min(bytes.Length * 4L, 1024 * 1024));
            byte[] buffer = new byte[Math.Clamp(bytes.Length, 4096, 128 * 1024)];
            int read;
            while ((read = zlib.Read(buffer)) > 0)
            {
                if (output.Length + read > limit)
                    throw new UnreadableDataException($"The compressed data unfolds to more than {ByteCount.Text(limit)}.");
                output.Write(buffer, 0, read);
            }

            return output.GetBuffer().AsMemory(0, (int)output.Length);
        }
        // Not zlib, damaged, or zlib that needs a dictionary, which nobody has.
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return bytes;
        }
    }

    private static MemoryStream Open(ReadOnlyMemory<byte> bytes) => MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment)
        ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
        : new MemoryStream(bytes.ToArray(), writable: false);
}
