using System.Text.Json;

namespace RQ.Serialization;

/// <summary>
/// JSON as Python's <c>json</c> module reads and writes it. What JSON has no notation for becomes text: dates in ISO 8601,
/// UUIDs, decimals; bytes become base64. Binding to a parameter type turns them back.
/// </summary>
internal sealed class DataJsonSerializer : JobSerializer
{
    public override string Name => "json";

    internal override bool IsBuiltIn => true;

    public override bool CanRead(ReadOnlySpan<byte> bytes) => StoredFormat.IsJson(bytes);

    public override byte[] Serialize(object? data) => DataJsonWriter.Write(data).ToArray();

    public override object? Deserialize(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return DataJsonReader.Read(bytes.Span);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or System.Text.DecoderFallbackException)
        {
            throw new UnreadableDataException($"The data is not JSON: {exception.Message}", exception);
        }
    }
}
