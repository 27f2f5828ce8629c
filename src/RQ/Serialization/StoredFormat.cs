using System.Buffers;
using System.Text;

namespace RQ.Serialization;

/// <summary>Tells by a look at the ends which of RQ's formats stored bytes are in. Nothing else in Redis records it.</summary>
internal static class StoredFormat
{
    /// <summary>What a pickle of the protocols 0 and 1 can begin with: a mark, a constant, a number, a text, an empty collection, a name.</summary>
    private const string OldPickleBegins = "(NIJKMLFGSTUVX)]}c";

    private static readonly SearchValues<byte> s_number = SearchValues.Create("0123456789+-.eE"u8);

    /// <summary>Enough to choose between the two: no pickle begins so, and each ends with a full stop, unlike the words of Python's JSON.</summary>
    public static bool BeginsLikeJson(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 0 && (bytes[0] is (byte)'[' or (byte)'{' or (byte)'"' or (byte)'t' or (byte)'f' or (byte)'n' or (byte)'-' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'
            || char.IsAsciiDigit((char)bytes[0]) || IsWord(bytes));

    private static bool IsWord(ReadOnlySpan<byte> bytes) => bytes.SequenceEqual("NaN"u8) || bytes.SequenceEqual("Infinity"u8) || bytes.SequenceEqual("-Infinity"u8);

    /// <summary>Whether the bytes begin and end as a pickle does.</summary>
    public static bool IsPickle(ReadOnlySpan<byte> bytes) => bytes.Length > 1 && bytes[^1] == (byte)'.'
        && (bytes[0] == 0x80 ? bytes.Length > 3 && bytes[1] is >= 2 and <= 5 : OldPickleBegins.Contains((char)bytes[0], StringComparison.Ordinal));

    /// <summary>Whether the bytes begin and end as a JSON text does.</summary>
    public static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = bytes.Trim(" \t\r\n"u8);
        if (text.IsEmpty)
            return false;
        return (text[0], text[^1]) switch
        {
            ((byte)'[', (byte)']') or ((byte)'{', (byte)'}') => text.Length > 1,
            ((byte)'"', (byte)'"') => text.Length > 1,
            _ => text.Length < 400 && Encoding.ASCII.GetString(text) is "true" or "false" or "null" || IsWord(text) || text.IndexOfAnyExcept(s_number) < 0,
        };
    }
}
