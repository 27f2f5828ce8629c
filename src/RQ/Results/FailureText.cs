using System.Text;
using RQ.Serialization;

namespace RQ;

/// <summary>Reads the exception texts that workers store: .NET's begin with the message, Python's end with it.</summary>
internal static class FailureText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The stored text, which is zlib or, by old workers, plain. What is neither becomes <c>unreadable (n bytes)</c>: no list breaks for it.</summary>
    public static string Read(ReadOnlyMemory<byte> stored)
    {
        try
        {
            ReadOnlyMemory<byte> plain = Compression.Inflate(stored);
            // Of a compressed text that was cut short, there is what could be unfolded.
            bool isCompressed = !plain.Equals(stored);
            if (!isCompressed || plain.Length > 0 || IsEmptyText(stored))
                return (isCompressed ? Encoding.UTF8 : s_strict).GetString(plain.Span);
        }
        catch (Exception exception) when (exception is DecoderFallbackException or UnreadableDataException)
        {
            // Said below.
        }

        return $"unreadable ({stored.Length} bytes)";
    }

    /// <summary>The line that says what went wrong.</summary>
    public static string? Summary(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines[0].StartsWith("Traceback", StringComparison.Ordinal) ? lines[^1] : lines[0];
    }

    // zlib of nothing ends with the checksum of nothing, 1. RQ stores it when it requeues a job.
    private static bool IsEmptyText(ReadOnlyMemory<byte> stored) => stored.Span.EndsWith<byte>([0, 0, 0, 1]);
}
