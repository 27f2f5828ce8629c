using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>What is left to System.Text.Json: its own types, and types and members that have a converter. The data is written as JSON and read from it.</summary>
internal static class JsonBinder
{
    /// <summary>The value null, which is no <c>default</c>.</summary>
    public static object NullElement { get; } = JsonElement.Parse("null");

    public static bool IsJson(Type type) => type == typeof(JsonElement) || type == typeof(JsonDocument) || typeof(JsonNode).IsAssignableFrom(type);

    /// <exception cref="JsonException">The converter refused it.</exception>
    public static object? Bind(object? data, Type type, JsonSerializerOptions? options = null) =>
        JsonSerializer.Deserialize(DataJsonWriter.Write(data, isStandard: true).Span, type, options ?? DataContracts.Options);

    /// <summary>The same as one member reads it.</summary>
    /// <exception cref="JsonException">The converter refused it.</exception>
    public static object? Bind(object? data, JsonTypeInfo member) => JsonSerializer.Deserialize(DataJsonWriter.Write(data, isStandard: true).Span, member);
}
