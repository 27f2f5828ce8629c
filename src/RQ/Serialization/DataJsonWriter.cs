using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RQ.Serialization;

/// <summary>Writes data as JSON that Python reads. A float keeps its decimal point, so that it stays one.</summary>
internal static class DataJsonWriter
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = DataTree.MaxDepth, SkipValidation = true };

    /// <param name="data">What is to be written.</param>
    /// <param name="isStandard">For readers that keep to the standard: NaN and the infinities are texts, as System.Text.Json has them.</param>
    /// <exception cref="ArgumentException">It is no data, or nested too deep.</exception>
    public static ReadOnlyMemory<byte> Write(object? data, bool isStandard = false) => Write(data, isStandard, 0);

    private static ReadOnlyMemory<byte> Write(object? data, bool isStandard, int depth)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(output, s_options))
            Write(writer, data, isStandard, depth);
        return output.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, object? data, bool isStandard, int depth)
    {
        switch (data)
        {
            case null or DBNull: writer.WriteNullValue(); break;
            case string text: WriteText(writer, text); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case double number: WriteDouble(writer, number, isStandard); break;
            case float number: WriteDouble(writer, number, isStandard); break;
            case Half number: WriteDouble(writer, (double)number, isStandard); break;
            case sbyte or byte or short or ushort or uint or ulong or BigInteger or Int128 or UInt128:
                writer.WriteRawValue(((IFormattable)data).ToString(null, CultureInfo.InvariantCulture), skipInputValidation: true);
                break;
            case byte[] bytes when bytes.GetType() == typeof(byte[]): writer.WriteBase64StringValue(bytes); break;
            case DateTimeOffset time: writer.WriteStringValue(time); break;
            case DateTime time: writer.WriteStringValue(time); break;
            case decimal or Guid or DateOnly or TimeOnly or TimeSpan: writer.WriteStringValue(ScalarText(data)); break;
            case Complex number: WriteItems(writer, new object?[] { number.Real, number.Imaginary }, isStandard, depth); break;
            case IDictionary map: WriteMap(writer, map, isStandard, depth); break;
            case ITuple tuple: WriteTuple(writer, tuple, isStandard, depth); break;
            case IEnumerable items: WriteItems(writer, items, isStandard, depth); break;
            case char letter: WriteText(writer, letter.ToString()); break;
            case Enum or Uri or Version: WriteText(writer, data.ToString()!); break;
            default: throw new ArgumentException($"A value of type {data.GetType()} is not plain data.");
        }
    }

    // JSON has no NaN; Python's reader accepts these three words and its writer makes them.
    private static void WriteDouble(Utf8JsonWriter writer, double number, bool isStandard)
    {
        if (isStandard && !double.IsFinite(number))
            writer.WriteStringValue(DoubleText(number));
        else
            writer.WriteRawValue(DoubleText(number), skipInputValidation: true);
    }

    private static string DoubleText(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    private static void CheckDepth(int depth)
    {
        if (depth >= DataTree.MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new ArgumentException($"The value is nested deeper than {DataTree.MaxDepth} levels, or holds itself.");
    }

    private static void WriteMap(Utf8JsonWriter writer, IDictionary map, bool isStandard, int depth)
    {
        CheckDepth(depth);
        HashSet<string>? names = null;
        writer.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            // Keys that are texts are different; others might become the same text.
            if (names is null && entry.Key is not string)
                names = [.. map.Keys.OfType<string>()];
            string name = entry.Key as string ?? KeyText(entry.Key);
            if (entry.Key is not string && !names!.Add(name))
                throw new ArgumentException($"Two keys of a dictionary are both {DataKind.Show(name)} in JSON, where every key is a text.");
            if (HoldsHalfPair(name))
            {
                // The writer has no way to write such a name: name and value are put there as one text.
                writer.WriteRawValue($"{Escaped(name)}:{Encoding.UTF8.GetString(Write(entry.Value, isStandard, depth + 1).Span)}", skipInputValidation: true);
                continue;
            }

            writer.WritePropertyName(name);
            Write(writer, entry.Value, isStandard, depth + 1);
        }

        writer.WriteEndObject();
    }

    // As Python's writer makes texts of keys, and like values where it refuses them; a tuple as a text that holds JSON.
    private static string KeyText(object key) => key switch
    {
        bool truth => truth ? "true" : "false",
        DBNull => "null",
        double number => DoubleText(number),
        float number => DoubleText(number),
        Half number => DoubleText((double)number),
        byte[] bytes => Convert.ToBase64String(bytes),
        Complex or ITuple or IEnumerable => Encoding.UTF8.GetString(Write(key).Span),
        _ => ScalarText(key),
    };

    private static string ScalarText(object value) => value switch
    {
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("o", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static void WriteTuple(Utf8JsonWriter writer, ITuple tuple, bool isStandard, int depth)
    {
        CheckDepth(depth);
        writer.WriteStartArray();
        for (int i = 0; i < tuple.Length; i++)
            Write(writer, tuple[i], isStandard, depth + 1);
        writer.WriteEndArray();
    }

    private static void WriteItems(Utf8JsonWriter writer, IEnumerable items, bool isStandard, int depth)
    {
        CheckDepth(depth);
        writer.WriteStartArray();
        foreach (object? item in items)
            Write(writer, item, isStandard, depth + 1);
        writer.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        if (HoldsHalfPair(text))
            writer.WriteRawValue(Escaped(text), skipInputValidation: true);
        else
            writer.WriteStringValue(text);
    }

    private static bool HoldsHalfPair(string text)
    {
        ReadOnlySpan<char> rest = text;
        while (rest.IndexOfAnyInRange('\ud800', '\udfff') is >= 0 and var at)
        {
            if (!char.IsHighSurrogate(rest[at]) || at + 1 == rest.Length || !char.IsLowSurrogate(rest[at + 1]))
                return true;
            rest = rest[(at + 2)..];
        }

        return false;
    }

    // Half a surrogate pair is no UTF-8, but an escape can say it; Python writes and reads it so.
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder("\"", text.Length * 2);
        foreach (char c in text)
        {
            if (c is >= ' ' and < '\ud800' and not ('"' or '\\') or > '\udfff')
                escaped.Append(c);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return escaped.Append('"').ToString();
    }
}
