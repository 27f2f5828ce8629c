using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace RQ;

/// <summary>Writes a call as RQ does: <c>name('text', 1, key=None)</c>, every value as Python's <c>repr</c> shows it.</summary>
internal static class CallText
{
    /// <summary>RQ shows at most this much of each value.</summary>
    public const int ShownLength = 75;

    public static string Describe(JobCall call, int shownLength = ShownLength) =>
        Describe(call.Function, call.Arguments, call.KeywordArguments, shownLength);

    public static string Describe(
        string function, IReadOnlyList<object?> arguments, IEnumerable<KeyValuePair<string, object?>> keywordArguments, int shownLength)
    {
        var text = new StringBuilder(function).Append('(');
        int start = text.Length;
        foreach (object? argument in arguments)
            Separate(text, start).Append(Cut(Repr(argument), shownLength));
        foreach (string part in keywordArguments.Select(pair => $"{pair.Key}={Cut(Repr(pair.Value), shownLength)}").Order(StringComparer.Ordinal))
            Separate(text, start).Append(part);
        return text.Append(')').ToString();
    }

    private static StringBuilder Separate(StringBuilder text, int start) => text.Length > start ? text.Append(", ") : text;

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length] + "...";

    private static string Repr(object? value)
    {
        var text = new StringBuilder();
        Append(text, value, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null: text.Append("None"); break;
            case not null when depth > 8: text.Append("..."); break;
            case bool truth: text.Append(truth ? "True" : "False"); break;
            case string s: AppendString(text, s); break;
            case char c: AppendString(text, c.ToString()); break;
            case Guid or Uri or Enum: AppendString(text, value.ToString()!); break;
            case double d: AppendDouble(text, d); break;
            case float f: AppendDouble(text, f); break;
            case byte[] bytes: AppendBytes(text, bytes); break;
            case IDictionary map: AppendMap(text, map, depth); break;
            case ITuple tuple: AppendTuple(text, tuple, depth); break;
            case object?[] array: AppendItems(text, array, "[", "]", depth); break;
            case IEnumerable items: AppendItems(text, items, "[", "]", depth); break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or decimal:
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time: AppendString(text, time.ToString("o", CultureInfo.InvariantCulture)); break;
            case DateTime time: AppendString(text, time.ToString("o", CultureInfo.InvariantCulture)); break;
            case IFormattable formattable: AppendString(text, formattable.ToString(null, CultureInfo.InvariantCulture)); break;
            default: text.Append('<').Append(value.GetType().Name).Append('>'); break;
        }
    }

    private static void AppendString(StringBuilder text, string value)
    {
        char quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (char c in value)
        {
            switch (c)
            {
                case '\\': text.Append(@"\\"); break;
                case '\n': text.Append(@"\n"); break;
                case '\r': text.Append(@"\r"); break;
                case '\t': text.Append(@"\t"); break;
                case var _ when c == quote: text.Append('\\').Append(c); break;
                case var _ when char.IsControl(c): text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"); break;
                default: text.Append(c); break;
            }
        }

        text.Append(quote);
    }

    private static void AppendDouble(StringBuilder text, double value)
    {
        string number = double.IsNaN(value) ? "nan" : double.IsPositiveInfinity(value) ? "inf" : double.IsNegativeInfinity(value) ? "-inf"
            : value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
        bool isWhole = number.All(c => char.IsAsciiDigit(c) || c == '-');
        text.Append(number).Append(isWhole ? ".0" : "");
    }

    private static void AppendBytes(StringBuilder text, byte[] bytes)
    {
        text.Append("b'");
        foreach (byte b in bytes)
        {
            if (b is >= 0x20 and < 0x7f and not (byte)'\'' and not (byte)'\\')
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        text.Append('\'');
    }

    private static void AppendMap(StringBuilder text, IDictionary map, int depth)
    {
        text.Append('{');
        int start = text.Length;
        foreach (DictionaryEntry entry in map)
        {
            Append(Separate(text, start), entry.Key, depth + 1);
            Append(text.Append(": "), entry.Value, depth + 1);
        }

        text.Append('}');
    }

    private static void AppendTuple(StringBuilder text, ITuple tuple, int depth)
    {
        var items = new object?[tuple.Length];
        for (int i = 0; i < items.Length; i++)
            items[i] = tuple[i];
        AppendItems(text, items, "(", items.Length == 1 ? ",)" : ")", depth);
    }

    private static void AppendItems(StringBuilder text, IEnumerable items, string open, string close, int depth)
    {
        text.Append(open);
        int start = text.Length;
        foreach (object? item in items)
            Append(Separate(text, start), item, depth + 1);
        text.Append(close);
    }
}
