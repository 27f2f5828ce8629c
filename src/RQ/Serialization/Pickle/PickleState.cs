namespace RQ.Serialization;

/// <summary>The forms in which Python writes the attributes of an object.</summary>
internal static class PickleState
{
    /// <summary>
    /// A dict of attributes is itself; with slots it is a pair of which either may be None. Pydantic keeps the fields one level below. Any other
    /// state is what the class's own <c>__getstate__</c> gave, such as the list of a frozen dataclass with slots.
    /// </summary>
    public static object? Plain(object? state, PickleKeys keys) => state switch
    {
        object?[] and [null, OrderedDictionary<object, object?> slots] => slots,
        object?[] and [OrderedDictionary<object, object?> dict, null] => Fields(dict, keys),
        object?[] and [OrderedDictionary<object, object?> dict, OrderedDictionary<object, object?> slots] => Merged(Fields(dict, keys), slots, keys),
        OrderedDictionary<object, object?> dict => Fields(dict, keys),
        _ => state,
    };

    /// <summary>An exception: <c>{'type': 'module.Name', 'args': [...]}</c> and its attributes.</summary>
    public static OrderedDictionary<object, object?> Exception(string type, object?[] arguments, object? state, PickleKeys keys)
    {
        keys.Budget.Spend(arguments.Length);
        keys.Budget.Allocate(MemoryBudget.Dict + (2 * MemoryBudget.DictItem) + MemoryBudget.List + ((long)arguments.Length * MemoryBudget.Item));
        var dict = PickleReader.NewDict();
        dict["type"] = type;
        dict["args"] = new List<object?>(arguments);
        if (state is OrderedDictionary<object, object?> attributes)
        {
            keys.AddItems(dict, attributes);
        }
        return dict;
    }

    private static OrderedDictionary<object, object?> Fields(OrderedDictionary<object, object?> state, PickleKeys keys)
    {
        if (!state.TryGetValue("__dict__", out var inner) || inner is not OrderedDictionary<object, object?> fields)
        {
            return state;
        }
        return state.TryGetValue("__pydantic_extra__", out var more) && more is OrderedDictionary<object, object?> { Count: > 0 } extra
            ? Merged(fields, extra, keys)
            : fields;
    }

    private static OrderedDictionary<object, object?> Merged(
        OrderedDictionary<object, object?> first, OrderedDictionary<object, object?> second, PickleKeys keys)
    {
        var dict = keys.Budget.NewDict();
        keys.SetItems(dict, first);
        keys.SetItems(dict, second);
        return dict;
    }
}
