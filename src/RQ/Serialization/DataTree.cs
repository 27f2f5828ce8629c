using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RQ.Serialization;

/// <summary>
/// Data is what both formats can hold and Python reads without our code: null, bool, whole numbers, double, string, byte[],
/// lists, tuples, dictionaries, sets, and a few value types (dates and times, decimal, Guid). This turns .NET values into
/// data; <see cref="DataBinder"/> turns data into .NET values.
/// </summary>
internal static class DataTree
{
    /// <summary>Containers within containers: as many as JSON may have.</summary>
    public const int MaxDepth = 256;

    private static readonly ConcurrentDictionary<Type, Func<object, int, object?>> s_shapes = new();

    /// <exception cref="ArgumentException">The value cannot be shaped as data, for example because it holds itself.</exception>
    public static object? From(object? value) => From(value, 0);

    /// <summary>The same for a value inside another one.</summary>
    public static object? From(object? value, int depth)
    {
        switch (value)
        {
            case null or string or bool or int or long or double:
                return value;
            case byte or sbyte or short or ushort or uint or ulong or float or Half or decimal or BigInteger or Int128 or UInt128 or Guid
                or DateTimeOffset or DateOnly or TimeOnly or TimeSpan or Complex or DBNull:
                return value;
            // A local time means nothing on another machine.
            case DateTime time:
                return time.Kind == DateTimeKind.Local ? new DateTimeOffset(time) : value;
            case char c:
                return c.ToString();
            case Uri uri:
                return uri.OriginalString;
            case Version version:
                return version.ToString();
            case JsonElement element:
                return FromElement(element);
            case JsonDocument document:
                return FromElement(document.RootElement);
            case JsonNode node:
                return DataJsonReader.Read(JsonSerializer.SerializeToUtf8Bytes(node));
        }

        if (depth >= MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new ArgumentException($"The value is nested deeper than {MaxDepth} levels, or holds itself.");
        try
        {
            return s_shapes.GetOrAdd(value.GetType(), DataShape.Of)(value, depth + 1);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException or FormatException)
        {
            throw new ArgumentException($"A value of type {value.GetType()} cannot be stored: {exception.Message}", exception);
        }
    }

    /// <summary>A key of a dictionary.</summary>
    /// <exception cref="ArgumentException">It is a list or a dict as data, which neither Python nor JSON has as a key.</exception>
    public static object Key(object key, int depth)
    {
        object? data = From(key, depth);
        return DataKeys.IsKey(data) ? data ?? DBNull.Value : throw new ArgumentException(
            $"A key of type {DataKind.Name(key.GetType())} cannot be stored: as data it is a list or a dict, which cannot be keys. Use a text, a number, a time or a tuple of those.");
    }

    /// <summary>Whether a value is as the readers of both formats make it, and so needs no <see cref="From(object?)"/>.</summary>
    public static bool IsData(object? value) => IsData(value, 0);

    private static bool IsData(object? value, int depth)
    {
        if (depth > PickleLimits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return false;
        return value switch
        {
            null or string or bool or long or double or BigInteger or byte[] or decimal or Guid or Complex or DBNull or DateTimeOffset or DateOnly or TimeOnly or TimeSpan => true,
            DateTime time => time.Kind != DateTimeKind.Local,
            object?[] tuple when tuple.GetType() == typeof(object[]) => Array.TrueForAll(tuple, item => IsData(item, depth + 1)),
            List<object?> list => list.TrueForAll(item => IsData(item, depth + 1)),
            HashSet<object> set => set.All(item => DataKeys.IsKey(item) && IsData(item, depth + 1)),
            OrderedDictionary<object, object?> map => map.All(entry => DataKeys.IsKey(entry.Key) && IsData(entry.Key, depth + 1) && IsData(entry.Value, depth + 1)),
            _ => false,
        };
    }

    private static object? FromElement(JsonElement element) =>
        element.ValueKind == JsonValueKind.Undefined ? null : DataJsonReader.Read(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element));
}
