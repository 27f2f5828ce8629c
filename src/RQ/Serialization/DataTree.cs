using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RQ.Serialization;

/// <summary>
/// Data is what both formats can hold and Python reads without our code: null, bool, whole numbers, double, string, byte[],
/// lists, tuples, dictionaries, sets, and a few value types (dates and times, decimal, Guid). This turns .NET values into
/// data; <see cref="DataBinder"/> turns data into .NET values.
/// </summary>
internal static class DataTree
{
    private const int MaxDepth = 200;

    /// <summary>How values that are no data are shaped: as System.Text.Json does, names of enum members as text.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IncludeFields = true,
        PropertyNameCaseInsensitive = true,
        MaxDepth = 256,
    };

    /// <exception cref="ArgumentException">The value cannot be shaped as data, for example because it holds itself.</exception>
    public static object? From(object? value) => From(value, 0);

    private static object? From(object? value, int depth)
    {
        if (depth > MaxDepth)
            throw new ArgumentException($"The value is nested deeper than {MaxDepth} levels, or holds itself.");
        switch (value)
        {
            case null or string or bool or int or long or double:
                return value;
            case byte or sbyte or short or ushort or uint or ulong or float or decimal or BigInteger or Int128 or UInt128 or byte[] or Guid
                or DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan or Complex:
                return value;
            case char c:
                return c.ToString();
            case Enum:
                return value.ToString();
            case Uri uri:
                return uri.OriginalString;
            case JsonElement element:
                return DataJsonSerializer.FromElement(element);
            case IDictionary map when IsPlain(value):
                return FromMap(map, depth + 1);
            case ITuple tuple:
                return FromTuple(tuple, depth + 1);
            case IEnumerable items when IsPlain(value):
                return FromItems(items, depth + 1);
            default:
                return Shape(value);
        }
    }

    // Collections of the framework keep their items' types; a collection type of the user's may have a JSON shape of its own.
    private static bool IsPlain(object value) =>
        value is Array || value.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true;

    private static OrderedDictionary<object, object?> FromMap(IDictionary map, int depth)
    {
        var data = new OrderedDictionary<object, object?>(map.Count);
        foreach (DictionaryEntry entry in map)
            data.Add(From(entry.Key, depth)!, From(entry.Value, depth));
        return data;
    }

    private static object?[] FromTuple(ITuple tuple, int depth)
    {
        var data = new object?[tuple.Length];
        for (int i = 0; i < data.Length; i++)
            data[i] = From(tuple[i], depth);
        return data;
    }

    private static object FromItems(IEnumerable items, int depth)
    {
        bool isSet = items.GetType().GetInterfaces().Any(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ISet<>));
        if (isSet)
            return items.Cast<object?>().Select(item => From(item, depth)!).ToHashSet();
        var list = new List<object?>();
        foreach (object? item in items)
            list.Add(From(item, depth));
        return list;
    }

    private static object? Shape(object value)
    {
        try
        {
            return DataJsonSerializer.FromElement(JsonSerializer.SerializeToElement(value, value.GetType(), JsonOptions));
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new ArgumentException($"A value of type {value.GetType()} cannot be stored: {exception.Message}", exception);
        }
    }
}
