using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace RQ.Serialization;

/// <summary>
/// Reads JSON as data: whole numbers become long or BigInteger, others double, objects dictionaries in their order. Like Python's
/// reader it takes NaN and the two infinities, the last of several equal keys, numbers that are too large as infinite, and halves of surrogate pairs.
/// </summary>
internal static class DataJsonReader
{
    /// <summary>Reading more digits than these takes a processor longer than a number is worth; CPython stops at 4,300.</summary>
    public const int MostDigits = 10_000;

    // Of a number in a list. So there are ten million values at most.
    private const int ValueSize = 53;

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 256 };

    /// <exception cref="JsonException">It is not JSON, or is nested deeper than 256 levels.</exception>
    /// <exception cref="InvalidOperationException">A text in it is no UTF-8.</exception>
    /// <exception cref="FormatException">A number in it has too many digits, or it holds too many values.</exception>
    public static object? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return Read(json, [], new Context(json.Length));
        }
        catch (JsonException) when (JsonDialect.Translate(json) is { } translated)
        {
            return Read(translated, json, new Context(json.Length));
        }
    }

    // The original is the text before words were translated in it; empty when none were.
    private static object? Read(ReadOnlySpan<byte> json, ReadOnlySpan<byte> original, Context context)
    {
        var reader = new Utf8JsonReader(json, s_options);
        reader.Read();
        object? value = Value(ref reader, original, context);
        // What follows the value is an error, which is found by reading on.
        reader.Read();
        return value;
    }

    private static object? Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> original, Context context)
    {
        context.Take(ValueSize);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Map(ref reader, original, context);
            case JsonTokenType.StartArray:
                context.Take(MemoryBudget.List);
                var list = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    list.Add(Value(ref reader, original, context));
                return list;
            case JsonTokenType.String:
                return Text(ref reader);
            case JsonTokenType.Number:
                return original.Length > 0 && JsonDialect.ValueAt(original[(int)reader.TokenStartIndex..]) is { } word ? word : Number(ref reader);
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            default:
                return null;
        }
    }

    private static OrderedDictionary<object, object?> Map(ref Utf8JsonReader reader, ReadOnlySpan<byte> original, Context context)
    {
        context.Take(MemoryBudget.Dict);
        var map = new OrderedDictionary<object, object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            context.Take(MemoryBudget.DictItem);
            string name = Text(ref reader);
            reader.Read();
            map[name] = Value(ref reader, original, context);
        }

        return map;
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> raw = reader.ValueSpan;
        return reader.ValueIsEscaped && HoldsHalfPair(raw) ? Unescape(raw) : reader.GetString()!;
    }

    private static object Number(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out long whole))
            return whole;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (text.ContainsAny((byte)'.', (byte)'e', (byte)'E'))
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return text.Length <= MostDigits
            ? BigInteger.Parse(Encoding.ASCII.GetString(text), CultureInfo.InvariantCulture)
            : throw new FormatException($"a number has more than {MostDigits} digits.");
    }

    // Python writes a half as \ud800. A whole pair may be read by anybody, so only texts that hold an escaped surrogate are looked at again.
    private static bool HoldsHalfPair(ReadOnlySpan<byte> raw) => raw.IndexOf("\\ud"u8) >= 0 || raw.IndexOf("\\uD"u8) >= 0;

    // The reader has checked that every escape is whole.
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var text = new StringBuilder(raw.Length);
        while (raw.IndexOf((byte)'\\') is >= 0 and var at)
        {
            text.Append(s_utf8.GetString(raw[..at]));
            char escape = (char)raw[at + 1];
            text.Append(escape switch
            {
                'u' => (char)ushort.Parse(raw.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                _ => escape,
            });
            raw = raw[(at + (escape == 'u' ? 6 : 2))..];
        }

        return text.Append(s_utf8.GetString(raw)).ToString();
    }

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="Length">Of the text, in bytes.</param>
    private sealed record Context(int Length)
    {
        private readonly MemoryBudget _memory = new(Length);

        public void Take(int bytes)
        {
            if (!_memory.Take(bytes))
                throw new FormatException("it holds too many values, or takes too much memory for its length: send less at a time.");
        }
    }
}
