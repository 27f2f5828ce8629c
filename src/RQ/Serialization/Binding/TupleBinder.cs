using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace RQ.Serialization;

/// <summary>
/// Tuples of C# from lists and tuples of the same length. A tuple of more than seven items is nested in .NET, and flat as data.
/// Also from what System.Text.Json makes of them: <c>{"Item1": 1, "Item2": "a"}</c>.
/// </summary>
internal sealed class TupleBinder
{
    private readonly Type _type;
    private readonly Type[] _items;

    public TupleBinder(Type type)
    {
        _type = type;
        _items = [.. ItemsOf(type)];
    }

    public static bool IsTuple(Type type) =>
        typeof(ITuple).IsAssignableFrom(type) && DataContracts.IsOfFramework(type) && !type.IsAbstract;

    public object? Bind(object data)
    {
        if ((data is IDictionary map ? Named(map) : DataKind.Sequence(data)) is not { } list)
            return null;
        if (list.Count != _items.Length)
            throw new FormatException($"it has {list.Count} items, the tuple {_items.Length}.");
        var values = new object?[_items.Length];
        int i = 0;
        try
        {
            for (; i < values.Length; i++)
                values[i] = DataBinder.Bind(list[i], _items[i]);
        }
        catch (DataBindingException misfit) when (misfit.IsIn($"[{i}]"))
        {
            throw;
        }

        return Build(_type, values, 0);
    }

    /// <summary>How many items a list must have.</summary>
    public static int LengthOf(Type type) => ItemsOf(type).Count();

    private List<object?>? Named(IDictionary? map)
    {
        var list = new List<object?>(_items.Length);
        while (map is not null && list.Count < _items.Length)
        {
            for (int i = 1; i <= 7 && list.Count < _items.Length; i++)
            {
                if (!map.Contains($"Item{i}"))
                    return null;
                list.Add(map[$"Item{i}"]);
            }

            map = map["Rest"] as IDictionary;
        }

        return list.Count == _items.Length ? list : null;
    }

    private static IEnumerable<Type> ItemsOf(Type type)
    {
        Type[] items = type.GetGenericArguments();
        return items.Length == 8 ? items.Take(7).Concat(ItemsOf(items[7])) : items;
    }

    private static object Build(Type type, object?[] values, int start)
    {
        Type[] items = type.GetGenericArguments();
        var arguments = new object?[items.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = i == 7 ? Build(items[7], values, start + 7) : values[start + i];
        return Activator.CreateInstance(type, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
    }
}
