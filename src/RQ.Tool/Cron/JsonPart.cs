using System.Text;
using System.Text.Json;

namespace RQ.Tool.Cron;

/// <summary>A value of a JSON file that knows its line, so that people can be told where something is wrong. Comments and trailing commas are allowed.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Text">A string or number; else empty.</param>
/// <param name="Items">The items of an array.</param>
/// <param name="Properties">The properties of an object, in their order.</param>
/// <param name="Json">The text that it was read from.</param>
internal sealed record JsonPart(
    JsonTokenType Kind, int Line, string Text, IReadOnlyList<JsonPart> Items, IReadOnlyList<(string Name, int Line, JsonPart Value)> Properties, ReadOnlyMemory<byte> Json)
{
    private static readonly JsonDocumentOptions s_document = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>What it is, for messages.</summary>
    public string Shape => Kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"the text \"{Text}\"",
        JsonTokenType.Number => $"the number {Text}",
        JsonTokenType.Null => "null",
        _ => Kind == JsonTokenType.True ? "true" : "false",
    };

    /// <summary>The same as strict JSON.</summary>
    public byte[] ToStrictJson()
    {
        using JsonDocument document = JsonDocument.Parse(Json, s_document);
        return JsonSerializer.SerializeToUtf8Bytes(document.RootElement);
    }

    /// <exception cref="JsonException">It is not JSON; the message says what is wrong, <see cref="JsonException.LineNumber"/> where.</exception>
    public static JsonPart Parse(byte[] json)
    {
        ReadOnlyMemory<byte> text = json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? json.AsMemory(Encoding.UTF8.Preamble.Length) : json;
        var reader = new Utf8JsonReader(text.Span, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        reader.Read();
        var lines = new Lines(text);
        JsonPart root = Read(ref reader, text, lines);
        reader.Read();
        return root;
    }

    private static JsonPart Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> text, Lines lines)
    {
        JsonTokenType kind = reader.TokenType;
        int start = (int)reader.TokenStartIndex, line = lines.At(start);
        string value = kind switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => "",
        };
        var items = new List<JsonPart>();
        var properties = new List<(string, int, JsonPart)>();
        while (kind == JsonTokenType.StartArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(Read(ref reader, text, lines));
        while (kind == JsonTokenType.StartObject && reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            (string name, int at) = (reader.GetString()!, lines.At((int)reader.TokenStartIndex));
            reader.Read();
            properties.Add((name, at, Read(ref reader, text, lines)));
        }

        return new JsonPart(kind, line, value, items, properties, text[start..(int)reader.BytesConsumed]);
    }

    /// <summary>Counts lines; asked for places in their order.</summary>
    private sealed class Lines(ReadOnlyMemory<byte> text)
    {
        private int _at;
        private int _line = 1;

        public int At(int place)
        {
            if (place > _at)
            {
                _line += text.Span[_at..place].Count((byte)'\n');
                _at = place;
            }

            return _line;
        }
    }
}
