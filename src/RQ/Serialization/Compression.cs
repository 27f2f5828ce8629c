using System.IO.Compression;
using System.Text;

namespace RQ.Serialization;

/// <summary>zlib, as RQ stores calls and exception texts. What is not compressed is taken as it is, as RQ does.</summary>
internal static class Compression
{
    /// <summary>What a compressed field may unfold to: enough for any call, too little to exhaust a worker.</summary>
    private const int MaxInflated = 128 * 1024 * 1024;

    public static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using var output = new MemoryStream(bytes.Length / 2 + 16);
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        return output.ToArray();
    }

    public static byte[] DeflateText(string text) => Deflate(Encoding.UTF8.GetBytes(text));

    /// <exception cref="UnreadableDataException">It unfolds to more than 128 MiB.</exception>
    public static ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 2 || (bytes.Span[0] & 0x0f) != 8)
            return bytes;
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(bytes.ToArray(), writable: false), CompressionMode.Decompress);
            using var output = new MemoryStream(bytes.Length * 4);
            byte[] buffer = new byte[8192];
            int read;
            while ((read = zlib.Read(buffer)) > 0)
            {
                if (output.Length + read > MaxInflated)
                    throw new UnreadableDataException("The compressed data unfolds to more than 128 MiB.");
                output.Write(buffer, 0, read);
            }

            return output.GetBuffer().AsMemory(0, (int)output.Length);
        }
        catch (InvalidDataException)
        {
            return bytes;
        }
    }

    public static string InflateText(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(Inflate(bytes).Span);
}
