using System.Text;

namespace RQ.Serialization;

/// <summary>
/// The words that Python's JSON has beyond the standard: NaN, Infinity, -Infinity. They are read by turning them into marked
/// strings first, which costs nothing for the texts that do not hold them.
/// </summary>
internal static class JsonDialect
{
    private const string Mark = "\u0001rq-number:";
    private static readonly string[] s_words = ["-Infinity", "Infinity", "NaN"];

    /// <summary>The text with the words marked; <c>null</c> when it holds none outside of strings.</summary>
    public static byte[]? Translate(ReadOnlySpan<byte> json)
    {
        string text = Encoding.UTF8.GetString(json);
        var output = new StringBuilder(text.Length + 32);
        bool found = false, inString = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (inString && c == '\\' && i + 1 < text.Length)
            {
                output.Append(c).Append(text[++i]);
                continue;
            }

            if (c == '"')
                inString = !inString;
            string? word = inString ? null : Array.Find(s_words, each => string.CompareOrdinal(text, i, each, 0, each.Length) == 0);
            if (word is null)
            {
                output.Append(c);
                continue;
            }

            output.Append("\"\\u0001rq-number:").Append(word).Append('"');
            i += word.Length - 1;
            found = true;
        }

        return found ? Encoding.UTF8.GetBytes(output.ToString()) : null;
    }

    /// <summary>The number that a marked string stands for; any other string as it is.</summary>
    public static object? Number(string? text) => text is null || !text.StartsWith(Mark, StringComparison.Ordinal)
        ? text
        : text[Mark.Length..] switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            _ => double.NegativeInfinity,
        };
}
