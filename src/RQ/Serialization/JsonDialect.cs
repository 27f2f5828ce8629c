namespace RQ.Serialization;

/// <summary>
/// The words that Python's JSON has beyond the standard: NaN, Infinity, -Infinity. They are read by putting numbers of the same
/// length in their places; what stood there is looked up in the text as it was. It costs nothing for the texts that do not hold them.
/// </summary>
internal static class JsonDialect
{
    /// <summary>The text with numbers for the words; <c>null</c> when it holds none outside of strings.</summary>
    public static byte[]? Translate(ReadOnlySpan<byte> json)
    {
        byte[] translated = json.ToArray();
        bool hasWords = false;
        bool inString = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte c = json[i];
            if (c == '"')
                inString = !inString;
            else if (inString && c == '\\')
                i++;
            else if (!inString && c is (byte)'N' or (byte)'I' or (byte)'-' && (i == 0 || IsBetween(json[i - 1])) && WordAt(json[i..]) is { } word)
            {
                word.CopyTo(translated.AsSpan(i));
                hasWords = true;
                i += word.Length - 1;
            }
        }

        return hasWords ? translated : null;
    }

    /// <summary>What a word that was translated means; <c>null</c> for a number.</summary>
    /// <param name="original">The text as it was, from there on.</param>
    public static double? ValueAt(ReadOnlySpan<byte> original) => original[0] switch
    {
        (byte)'N' => double.NaN,
        (byte)'I' => double.PositiveInfinity,
        (byte)'-' when original.Length > 1 && original[1] == (byte)'I' => double.NegativeInfinity,
        _ => null,
    };

    private static byte[]? WordAt(ReadOnlySpan<byte> json) =>
        Begins(json, "NaN"u8) ? s_nan
        : Begins(json, "Infinity"u8) ? s_infinity
        : Begins(json, "-Infinity"u8) ? s_negativeInfinity
        : null;

    // A part of something longer is no word, and must not become a part of a number.
    private static bool Begins(ReadOnlySpan<byte> json, ReadOnlySpan<byte> word) =>
        json.StartsWith(word) && (json.Length == word.Length || IsBetween(json[word.Length]));

    private static bool IsBetween(byte c) => c is (byte)'[' or (byte)']' or (byte)'}' or (byte)',' or (byte)':' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static readonly byte[] s_nan = "0.0"u8.ToArray();
    private static readonly byte[] s_infinity = "0.000000"u8.ToArray();
    private static readonly byte[] s_negativeInfinity = "-0.000000"u8.ToArray();
}
