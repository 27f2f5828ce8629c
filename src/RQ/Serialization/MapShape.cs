namespace RQ.Serialization;

/// <summary>Dictionaries that only their type arguments show to be such.</summary>
internal sealed class MapShape<TKey, TValue> : IMapShape
{
    public object Write(object value, int depth)
    {
        var data = new OrderedDictionary<object, object?>();
        foreach ((TKey key, TValue item) in (IEnumerable<KeyValuePair<TKey, TValue>>)value)
            data.Add(DataTree.Key(key!, depth), DataTree.From(item, depth));
        DataKeys.Check(data);
        return data;
    }
}

/// <summary>Writes values of a type that only reflection can name.</summary>
internal interface IMapShape
{
    object Write(object value, int depth);
}
