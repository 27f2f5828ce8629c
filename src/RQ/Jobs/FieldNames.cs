using System.Collections.Concurrent;
using System.Text;
using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>Reads the names of fields, which are the same for every job, without making each one anew.</summary>
internal static class FieldNames
{
    /// <summary>More than there are; hashes of strangers must not fill the memory.</summary>
    private const int MostKnown = 128;
    private const int LongestKnown = 64;

    private static readonly ConcurrentDictionary<string, string> s_known = new();
    private static readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> s_lookup = s_known.GetAlternateLookup<ReadOnlySpan<char>>();
    private static int s_count;

    public static string Read(RedisValue name)
    {
        var bytes = (ReadOnlyMemory<byte>)name;
        Span<char> buffer = stackalloc char[LongestKnown];
        if (bytes.Length > LongestKnown || !Encoding.UTF8.TryGetChars(bytes.Span, buffer, out int length))
            return (string)name!;
        if (s_lookup.TryGetValue(buffer[..length], out string? known))
            return known;
        string text = buffer[..length].ToString();
        if (Volatile.Read(ref s_count) < MostKnown && s_known.TryAdd(text, text))
            Interlocked.Increment(ref s_count);
        return text;
    }
}
