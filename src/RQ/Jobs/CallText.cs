using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using RQ.Serialization;

namespace RQ;

/// <summary>Writes a call as RQ does: <c>name('text', 1, key=None)</c>, every value as Python's <c>repr</c> shows it.</summary>
internal static class CallText
{
    /// <summary>RQ shows at most this much of each value.</summary>
    public const int ShownLength = 75;

    /// <summary>An integer of more has more than 80 digits. To find a million of them takes a processor minutes.</summary>
    private const int MaxShownBits = 266;

    /// <summary>A thread keeps room for this many characters.</summary>
    private const int MostKept = 4096;

    /// <summary>What stands in a text as it is.</summary>
    private static readonly SearchValues<char> s_plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Except("'\\")]);

    [ThreadStatic]
    private static StringBuilder? t_text;

    [ThreadStatic]
    private static StringBuilder? t_value;

    /// <summary>Stands for a value that is not to be shown.</summary>
    public static readonly object Redacted = new();

    public static string Describe(JobCall call, int shownLength = ShownLength) =>
        call.RedactedText ?? Describe(call.Function, call.Arguments, call.KeywordArguments, shownLength);

    public static string Describe(
        string function, IReadOnlyList<object?> arguments, IEnumerable<KeyValuePair<string, object?>> keywordArguments, int shownLength)
    {
        // Taken away while they are in use: the text of a value of the user's own type may need the text of a call.
        StringBuilder text = t_text ?? new StringBuilder(), value = t_value ?? new StringBuilder();
        (t_text, t_value) = (null, null);
        text.Append(function).Append('(');
        int start = text.Length;
        for (int i = 0; i < arguments.Count; i++)
            AppendCut(Separate(text, start), value, arguments[i], shownLength);
        if (keywordArguments is not IReadOnlyCollection<KeyValuePair<string, object?>> { Count: 0 })
        {
            foreach (string part in keywordArguments.Select(pair => pair.Key + "=" + AppendCut(new StringBuilder(), value, pair.Value, shownLength)).Order(StringComparer.Ordinal))
                Separate(text, start).Append(part);
        }

        string described = text.Append(')').ToString();
        t_text = Emptied(text);
        t_value = Emptied(value);
        return described;
    }

    private static StringBuilder? Emptied(StringBuilder text) => text.Capacity <= MostKept ? text.Clear() : null;

    private static StringBuilder Separate(StringBuilder text, int start) => text.Length > start ? text.Append(", ") : text;

    // What is cut off is not written to begin with: an argument may be megabytes.
    private static StringBuilder AppendCut(StringBuilder text, StringBuilder shown, object? value, int length)
    {
        shown.Clear();
        Append(shown, value, 0, length);
        return shown.Length <= length ? text.Append(shown) : text.Append(shown, 0, length).Append("...");
    }

    private static void Append(StringBuilder text, object? value, int depth, int enough)
    {
        switch (value)
        {
            case null: text.Append("None"); break;
            case not null when ReferenceEquals(value, Redacted): text.Append("***"); break;
            case not null when depth > 8: text.Append("..."); break;
            case bool truth: text.Append(truth ? "True" : "False"); break;
            case string s: AppendString(text, s, enough); break;
            case char c: AppendString(text, c.ToString(), enough); break;
            case Guid or Uri or Enum: AppendString(text, value.ToString()!, enough); break;
            case double d: AppendDouble(text, d); break;
            case float f: AppendDouble(text, f); break;
            case byte[] bytes: AppendBytes(text, bytes, enough); break;
            case IDictionary map: AppendMap(text, map, depth, enough); break;
            case ITuple tuple: AppendTuple(text, tuple, depth, enough); break;
            // As data a tuple is exactly this; string[] and such are lists.
            case object?[] tuple when tuple.GetType() == typeof(object[]): AppendItems(text, tuple, "(", tuple.Length == 1 ? ",)" : ")", depth, enough); break;
            case IEnumerable items when PickleSets.IsSet(items): AppendItems(text, items, "{", "}", depth, enough); break;
            case IEnumerable items: AppendItems(text, items, "[", "]", depth, enough); break;
            case BigInteger number when number.GetBitLength() > MaxShownBits:
                text.Append(CultureInfo.InvariantCulture, $"<int of {number.GetBitLength():N0} bits>");
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or decimal:
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset time: AppendString(text, time.ToString("o", CultureInfo.InvariantCulture), enough); break;
            case DateTime time: AppendString(text, time.ToString("o", CultureInfo.InvariantCulture), enough); break;
            case IFormattable formattable: AppendString(text, formattable.ToString(null, CultureInfo.InvariantCulture), enough); break;
            default: text.Append('<').Append(value.GetType().Name).Append('>'); break;
        }
    }

    private static void AppendString(StringBuilder text, string value, int enough)
    {
        char quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        ReadOnlySpan<char> head = value.Length <= enough ? value : value.AsSpan(0, enough + 1);
        if (!head.ContainsAnyExcept(s_plain))
        {
            text.Append(head).Append(quote);
            return;
        }

        foreach (Rune rune in value.EnumerateRunes())
        {
            if (text.Length > enough)
                return;
            switch (rune.Value)
            {
                case '\\': text.Append(@"\\"); break;
                case '\n': text.Append(@"\n"); break;
                case '\r': text.Append(@"\r"); break;
                case '\t': text.Append(@"\t"); break;
                case int c when c == quote: text.Append('\\').Append(quote); break;
                case ' ': text.Append(' '); break;
                case < 0x100 when !IsPrintable(rune): text.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"); break;
                case < 0x10000 when !IsPrintable(rune): text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"); break;
                case int when !IsPrintable(rune): text.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"); break;
                default: text.Append(rune.ToString()); break;
            }
        }

        text.Append(quote);
    }

    // Python's str.isprintable: nothing of the categories "other" and "separator" but the space.
    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static void AppendDouble(StringBuilder text, double value)
    {
        string number = double.IsNaN(value) ? "nan" : double.IsPositiveInfinity(value) ? "inf" : double.IsNegativeInfinity(value) ? "-inf"
            : value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);
        bool isWhole = number.All(c => char.IsAsciiDigit(c) || c == '-');
        text.Append(number).Append(isWhole ? ".0" : "");
    }

    private static void AppendBytes(StringBuilder text, byte[] bytes, int enough)
    {
        char quote = bytes.Contains((byte)'\'') && !bytes.Contains((byte)'"') ? '"' : '\'';
        text.Append('b').Append(quote);
        foreach (byte b in bytes)
        {
            if (text.Length > enough)
                return;
            switch (b)
            {
                case (byte)'\\': text.Append(@"\\"); break;
                case (byte)'\n': text.Append(@"\n"); break;
                case (byte)'\r': text.Append(@"\r"); break;
                case (byte)'\t': text.Append(@"\t"); break;
                case byte c when c == quote: text.Append('\\').Append(quote); break;
                case >= 0x20 and < 0x7f: text.Append((char)b); break;
                default: text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}"); break;
            }
        }

        text.Append(quote);
    }

    private static void AppendMap(StringBuilder text, IDictionary map, int depth, int enough)
    {
        text.Append('{');
        int start = text.Length;
        foreach (DictionaryEntry entry in map)
        {
            if (text.Length > enough)
                return;
            Append(Separate(text, start), entry.Key, depth + 1, enough);
            Append(text.Append(": "), entry.Value, depth + 1, enough);
        }

        text.Append('}');
    }

    private static void AppendTuple(StringBuilder text, ITuple tuple, int depth, int enough)
    {
        var items = new object?[tuple.Length];
        for (int i = 0; i < items.Length; i++)
            items[i] = tuple[i];
        AppendItems(text, items, "(", items.Length == 1 ? ",)" : ")", depth, enough);
    }

    // An empty set reads {} here and not set(): it is shown, not evaluated.
    private static void AppendItems(StringBuilder text, IEnumerable items, string open, string close, int depth, int enough)
    {
        text.Append(open);
        int start = text.Length;
        foreach (object? item in items)
        {
            if (text.Length > enough)
                return;
            Append(Separate(text, start), item, depth + 1, enough);
        }

        text.Append(close);
    }
}
