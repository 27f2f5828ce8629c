namespace RQ.Serialization;

/// <summary>
/// The words that Python's JSON has beyond the standard: NaN, Infinity, -Infinity. They are read by putting numbers of the same
/// length in their places, which are remembered. It costs nothing for the texts that do not hold them.
/// </summary>
internal static class JsonDialect
{
    /// <summary>The text with numbers for the words, and what stands at which of its bytes; <c>null</c> when it holds none outside of strings.</summary>
    public static (byte[] Json, Dictionary<long, double> Words)? Translate(ReadOnlySpan<byte> json)
    {
        byte[] translated = json.ToArray();
        var words = new Dictionary<long, double>();
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
                word.Number.CopyTo(translated.AsSpan(i));
                words.Add(i, word.Value);
                i += word.Number.Length - 1;
            }
        }

        return words.Count == 0 ? null : (translated, words);
    }

    private static (byte[] Number, double Value)? WordAt(ReadOnlySpan<byte> json) =>
        Begins(json, "NaN"u8) ? (s_nan, double.NaN)
        : Begins(json, "Infinity"u8) ? (s_infinity, double.PositiveInfinity)
        : Begins(json, "-Infinity"u8) ? (s_negativeInfinity, double.NegativeInfinity)
        : null;

    // A part of something longer is no word, and must not become a part of a number.
    private static bool Begins(ReadOnlySpan<byte> json, ReadOnlySpan<byte> word) =>
        json.StartsWith(word) && (json.Length == word.Length || IsBetween(json[word.Length]));

    private static bool IsBetween(byte c) => c is (byte)'[' or (byte)']' or (byte)'}' or (byte)',' or (byte)':' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static readonly byte[] s_nan = "0.0"u8.ToArray();
    private static readonly byte[] s_infinity = "0.000000"u8.ToArray();
    private static readonly byte[] s_negativeInfinity = "-0.000000"u8.ToArray();
}
