using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RQ.Serialization;

/// <summary>
/// JSON as Python's <c>json</c> module reads and writes it. What JSON has no notation for becomes text: dates in ISO 8601,
/// UUIDs, decimals; bytes become base64. Binding to a parameter type turns them back.
/// </summary>
internal sealed class DataJsonSerializer : JobSerializer
{
    private static readonly JsonWriterOptions s_writerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256, SkipValidation = true };
    private static readonly JsonDocumentOptions s_readerOptions = new() { MaxDepth = 256 };

    public override string Name => "json";

    internal override bool IsBuiltIn => true;

    public override bool CanRead(ReadOnlySpan<byte> bytes) => StoredFormat.IsJson(bytes);

    public override byte[] Serialize(object? data)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(output, s_writerOptions))
            Write(writer, data, 0);
        return output.WrittenSpan.ToArray();
    }

    public override object? Deserialize(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Parse(bytes);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new UnreadableDataException($"The data is not JSON: {exception.Message}", exception);
        }
    }

    private static object? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, s_readerOptions);
            return FromElement(document.RootElement);
        }
        catch (JsonException) when (JsonDialect.Translate(bytes.Span) is { } translated)
        {
            using JsonDocument document = JsonDocument.Parse(translated, s_readerOptions);
            return FromElement(document.RootElement);
        }
    }

    /// <summary>Whole numbers become long or BigInteger, others double, objects dictionaries in their order.</summary>
    public static object? FromElement(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new OrderedDictionary<object, object?>();
                foreach (JsonProperty property in element.EnumerateObject())
                    map[property.Name] = FromElement(property.Value);
                return map;
            case JsonValueKind.Array:
                var list = new List<object?>(element.GetArrayLength());
                foreach (JsonElement item in element.EnumerateArray())
                    list.Add(FromElement(item));
                return list;
            case JsonValueKind.String:
                return JsonDialect.Number(element.GetString());
            case JsonValueKind.Number:
                return Number(element);
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }

    private static object Number(JsonElement element)
    {
        if (element.TryGetInt64(out long whole))
            return whole;
        string text = element.GetRawText();
        return text.AsSpan().ContainsAny('.', 'e', 'E')
            ? element.GetDouble()
            : BigInteger.Parse(text, CultureInfo.InvariantCulture);
    }

    private static void Write(Utf8JsonWriter writer, object? data, int depth)
    {
        if (depth > 200)
            throw new UnreadableDataException("The value is nested deeper than 200 levels, or holds itself.");
        switch (data)
        {
            case null: writer.WriteNullValue(); break;
            case string text: writer.WriteStringValue(WellFormed(text)); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case double number: WriteDouble(writer, number); break;
            case float number: WriteDouble(writer, number); break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger or Int128 or UInt128:
                writer.WriteRawValue(((IFormattable)data).ToString(null, CultureInfo.InvariantCulture), skipInputValidation: true);
                break;
            case byte[] bytes: writer.WriteStringValue(Convert.ToBase64String(bytes)); break;
            case DateTimeOffset time: writer.WriteStringValue(time); break;
            case DateTime time: writer.WriteStringValue(time); break;
            case IDictionary map: WriteMap(writer, map, depth); break;
            case ITuple tuple: WriteTuple(writer, tuple, depth); break;
            case IEnumerable items: WriteItems(writer, items, depth); break;
            case DateOnly day: writer.WriteStringValue(day.ToString("o", CultureInfo.InvariantCulture)); break;
            case TimeOnly time: writer.WriteStringValue(time.ToString("o", CultureInfo.InvariantCulture)); break;
            case TimeSpan span: writer.WriteStringValue(span.ToString("c", CultureInfo.InvariantCulture)); break;
            case IFormattable other: writer.WriteStringValue(other.ToString(null, CultureInfo.InvariantCulture)); break;
            default: writer.WriteStringValue(WellFormed(data.ToString() ?? "")); break;
        }
    }

    // JSON has no NaN; Python's reader accepts these three words and its writer makes them.
    private static void WriteDouble(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number))
            writer.WriteNumberValue(number);
        else
            writer.WriteRawValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity", skipInputValidation: true);
    }

    private static void WriteMap(Utf8JsonWriter writer, IDictionary map, int depth)
    {
        writer.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            writer.WritePropertyName(KeyText(entry.Key));
            Write(writer, entry.Value, depth + 1);
        }

        writer.WriteEndObject();
    }

    // As Python's writer makes texts of keys, and like values where it refuses them.
    private static string KeyText(object key) => key switch
    {
        string text => WellFormed(text),
        bool truth => truth ? "true" : "false",
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)key).ToString("o", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => Convert.ToString(key, CultureInfo.InvariantCulture) ?? "",
    };

    private static void WriteTuple(Utf8JsonWriter writer, ITuple tuple, int depth)
    {
        writer.WriteStartArray();
        for (int i = 0; i < tuple.Length; i++)
            Write(writer, tuple[i], depth + 1);
        writer.WriteEndArray();
    }

    private static void WriteItems(Utf8JsonWriter writer, IEnumerable items, int depth)
    {
        writer.WriteStartArray();
        foreach (object? item in items)
            Write(writer, item, depth + 1);
        writer.WriteEndArray();
    }

    // Half a surrogate pair is not text; it becomes U+FFFD rather than an exception.
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
