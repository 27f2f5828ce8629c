using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>Finds, once for each type, how its values become data.</summary>
internal static class DataShape
{
    public static Func<object, int, object?> Of(Type type)
    {
        if (type.IsEnum)
            return EnumText.Of(type);
        if (DataContracts.HasConverter(type))
            return (value, _) => Json(value, type, DataContracts.Options);
        if (ByteShape.Of(type) is { } bytes)
            return bytes;
        // As which Python's tuples are read, and written again.
        if (type == typeof(object[]))
            return (value, depth) => Array.ConvertAll((object?[])value, item => DataTree.From(item, depth));
        if (typeof(IDictionary).IsAssignableFrom(type))
            return (value, depth) => Map((IDictionary)value, depth);
        if ((DataContracts.Implements(type, typeof(IDictionary<,>)) ?? DataContracts.Implements(type, typeof(IReadOnlyDictionary<,>))) is { } map)
            return ((IMapShape)Activator.CreateInstance(typeof(MapShape<,>).MakeGenericType(map.GetGenericArguments()))!).Write;
        if (typeof(ITuple).IsAssignableFrom(type) && DataContracts.IsOfFramework(type))
            return (value, depth) => Tuple((ITuple)value, depth);
        return Sequence(type) ?? Object(type);
    }

    /// <summary>What a converter makes of a value.</summary>
    public static object? Json(object? value, Type type, JsonSerializerOptions options) =>
        DataJsonReader.Read(JsonSerializer.SerializeToUtf8Bytes(value, type, options));

    /// <summary>What one member's converter makes of it.</summary>
    public static object? Json(object? value, JsonTypeInfo member) => DataJsonReader.Read(JsonSerializer.SerializeToUtf8Bytes(value, member));

    private static Func<object, int, object?>? Sequence(Type type)
    {
        if (type.IsArray && !type.IsSZArray)
            return (value, depth) => Grid((Array)value, new int[type.GetArrayRank()], 0, depth);
        if (!typeof(IEnumerable).IsAssignableFrom(type))
            return null;
        bool isSet = DataContracts.Implements(type, typeof(ISet<>)) is not null || DataContracts.Implements(type, typeof(IReadOnlySet<>)) is not null;
        return isSet ? (value, depth) => Set((IEnumerable)value, depth) : (value, depth) => List((IEnumerable)value, depth);
    }

    private static Func<object, int, object?> Object(Type type)
    {
        JsonTypeInfo contract = DataContracts.Of(type);
        return contract.Kind == JsonTypeInfoKind.Object
            ? new ObjectShape(contract).Write
            : (value, _) => Json(value, type, DataContracts.Options);
    }

    private static OrderedDictionary<object, object?> Map(IDictionary map, int depth)
    {
        var data = new OrderedDictionary<object, object?>(map.Count);
        foreach (DictionaryEntry entry in map)
            data.Add(entry.Key as string ?? DataTree.Key(entry.Key, depth), DataTree.From(entry.Value, depth));
        DataKeys.Check(data);
        return data;
    }

    private static object?[] Tuple(ITuple tuple, int depth)
    {
        var data = new object?[tuple.Length];
        for (int i = 0; i < data.Length; i++)
            data[i] = DataTree.From(tuple[i], depth);
        return data;
    }

    private static List<object?> List(IEnumerable items, int depth)
    {
        var list = items is ICollection collection ? new List<object?>(collection.Count) : [];
        foreach (object? item in items)
            list.Add(DataTree.From(item, depth));
        return list;
    }

    // A set whose items Python could not hash is a list.
    private static object Set(IEnumerable items, int depth)
    {
        List<object?> list = List(items, depth);
        if (items is PickleFrozenSet)
        {
            var frozen = new PickleFrozenSet();
            frozen.UnionWith(list.Select(item => item ?? DBNull.Value));
            return frozen;
        }

        return list.TrueForAll(DataKeys.IsKey) ? new HashSet<object>(list.Select(item => item ?? DBNull.Value)) : list;
    }

    private static List<object?> Grid(Array grid, int[] at, int dimension, int depth)
    {
        var list = new List<object?>(grid.GetLength(dimension));
        for (int i = grid.GetLowerBound(dimension); i <= grid.GetUpperBound(dimension); i++)
        {
            at[dimension] = i;
            list.Add(dimension == at.Length - 1 ? DataTree.From(grid.GetValue(at), depth) : Grid(grid, at, dimension + 1, depth + 1));
        }

        return list;
    }
}
