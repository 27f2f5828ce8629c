using System.Globalization;
using System.Text;

namespace RQ.Tool.Terminal;

/// <summary>
/// Text of others, such as descriptions and errors of jobs, made fit for a terminal or a log: nothing in it moves the cursor,
/// turns the reading direction around, or pretends to be a line of its own.
/// </summary>
internal static class PlainText
{
    /// <summary>In one line: line ends are shown as <c>\n</c>.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>Keeps line ends.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    /// <summary>JSON text: what is harmful can only be within its strings, and is escaped as JSON has it.</summary>
    public static string Json(string text)
    {
        if (!text.Any(IsHarmful))
            return text;
        var clean = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (IsHarmful(c) && !char.IsSurrogate(c) && c is not ('\n' or '\r'))
                clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                clean.Append(c);
        }

        return clean.ToString();
    }

    private static string Clean(string text, bool keepLines)
    {
        if (!text.Any(IsHarmful))
            return text;
        var clean = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                clean.Append(c).Append(text[++i]);
            else if (char.IsSurrogate(c))
                clean.Append('\uFFFD');
            else if (c == '\n' && keepLines)
                clean.Append(c);
            else if (IsHarmful(c))
                clean.Append(Escape(c));
            else
                clean.Append(c);
        }

        return clean.ToString();
    }

    private static bool IsHarmful(char c) =>
        (char.IsControl(c) && c != '\t') || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\u200E' or '\u200F' or '\u061C'
        || c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';

    private static string Escape(char c) => c switch
    {
        '\n' => @"\n",
        '\r' => @"\r",
        < '\u0100' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };
}
