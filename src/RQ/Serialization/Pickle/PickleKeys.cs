namespace RQ.Serialization;

/// <summary>
/// Admits dict keys and set elements: as in Python they are complete and immutable. So a key cannot change or come
/// to contain itself once it is hashed.
/// </summary>
internal sealed class PickleKeys(PickleBudget budget)
{
    public PickleBudget Budget => budget;

    public void SetItems(OrderedDictionary<object, object?> dict, ReadOnlySpan<object?> keysAndValues)
    {
        if (keysAndValues.Length % 2 != 0)
        {
            throw new PickleException("The pickle is damaged: a dict has a key without a value.");
        }
        for (var i = 0; i < keysAndValues.Length; i += 2)
        {
            dict[Admit(keysAndValues[i])] = keysAndValues[i + 1];
        }
        budget.Allocate(keysAndValues.Length / 2L * MemoryBudget.DictItem);
    }

    /// <summary>What another dict has, which is hashed again.</summary>
    public void SetItems(OrderedDictionary<object, object?> dict, OrderedDictionary<object, object?> items)
    {
        foreach (var (key, value) in items)
        {
            SetItems(dict, [key, value]);
        }
    }

    /// <summary>What another dict has and this one has not.</summary>
    public void AddItems(OrderedDictionary<object, object?> dict, OrderedDictionary<object, object?> items)
    {
        budget.Allocate((long)items.Count * MemoryBudget.DictItem);
        foreach (var (key, value) in items)
        {
            dict.TryAdd(Admit(key), value);
        }
    }

    public void AddItems(HashSet<object> set, ReadOnlySpan<object?> items)
    {
        foreach (var item in items)
        {
            set.Add(Admit(item));
        }
        budget.Allocate((long)items.Length * MemoryBudget.SetItem);
    }

    /// <summary>The key as it is stored: None is <see cref="DBNull.Value"/>.</summary>
    private object Admit(object? key)
    {
        if (key is string text)
        {
            budget.SpendOn(text);
            return text;
        }
        return Plain(key, depth: 0) ?? DBNull.Value;
    }

    /// <summary>The key without stand-ins. An object with attributes, which is no key as a dict, is the tuple of their values.</summary>
    private object? Plain(object? key, int depth)
    {
        if (depth > PickleLimits.KeyDepth)
        {
            throw new PickleException($"The pickle has a dict key or set element nested deeper than {PickleLimits.KeyDepth} levels.");
        }
        if (key is PickleStandIn)
        {
            var isObject = key is PickleObject;
            key = PickleStandIn.Resolved(key);
            key = isObject ? Hashable(key) : key;
        }
        budget.SpendOn(key);
        switch (key)
        {
            case object?[] tuple:
                return PlainTuple(tuple, depth);
            case PickleFrozenSet set:
                foreach (var item in set)
                {
                    Plain(item, depth + 1);
                }
                return set;
            case List<object?> or OrderedDictionary<object, object?> or HashSet<object>:
                throw new PickleException("The pickle uses a list, dict or set as a dict key or set element, which Python does not allow.");
            default:
                return key;
        }
    }

    private object?[] PlainTuple(object?[] tuple, int depth)
    {
        var plain = tuple;
        for (var i = 0; i < tuple.Length; i++)
        {
            var item = Plain(tuple[i], depth + 1);
            if (!ReferenceEquals(item, tuple[i]))
            {
                plain = ReferenceEquals(plain, tuple) ? Copy(tuple) : plain;
                plain[i] = item;
            }
        }
        return plain;
    }

    private object?[] Copy(object?[] tuple)
    {
        budget.Allocate(MemoryBudget.List + ((long)tuple.Length * MemoryBudget.Item));
        return [.. tuple];
    }

    private object? Hashable(object? value)
    {
        switch (value)
        {
            case OrderedDictionary<object, object?> attributes:
                budget.Spend(attributes.Count);
                budget.Allocate(MemoryBudget.List + ((long)attributes.Count * MemoryBudget.Item));
                return attributes.Values.ToArray();
            case List<object?> items:
                budget.Spend(items.Count);
                budget.Allocate(MemoryBudget.List + ((long)items.Count * MemoryBudget.Item));
                return items.ToArray();
            default:
                return value;
        }
    }
}
