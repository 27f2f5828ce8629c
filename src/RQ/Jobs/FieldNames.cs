using System.Text;
using StackExchange.Redis;

namespace RQ.Jobs;

/// <summary>Reads the names of fields, which are the same for every job, without making each one anew.</summary>
internal static class FieldNames
{
    /// <summary>More than there are; hashes of strangers must not fill the memory.</summary>
    private const int MostKnown = 128;
    private const int LongestKnown = 64;

    private static readonly Lock s_turn = new();

    // By the length of the name. Whoever adds one puts a new array in the place of the old one.
    private static readonly Known[][] s_known = [.. Enumerable.Repeat<Known[]>([], LongestKnown + 1)];
    private static int s_count;

    public static string Read(RedisValue name)
    {
        ReadOnlySpan<byte> bytes = ((ReadOnlyMemory<byte>)name).Span;
        if (bytes.Length > LongestKnown)
            return Encoding.UTF8.GetString(bytes);
        foreach (Known known in Volatile.Read(ref s_known[bytes.Length]))
        {
            if (bytes.SequenceEqual(known.Bytes))
                return known.Name;
        }

        return Learn(bytes.ToArray());
    }

    private static string Learn(byte[] bytes)
    {
        string name = Encoding.UTF8.GetString(bytes);
        lock (s_turn)
        {
            if (s_count >= MostKnown)
                return name;
            s_count++;
            // The text that the code asks with is found without comparing letters.
            Volatile.Write(ref s_known[bytes.Length], [.. s_known[bytes.Length], new Known(bytes, string.IsInterned(name) ?? name)]);
        }

        return name;
    }

    private sealed record Known(byte[] Bytes, string Name);
}
