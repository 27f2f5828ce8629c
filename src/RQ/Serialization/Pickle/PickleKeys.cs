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
    }

    public void AddItems(HashSet<object> set, ReadOnlySpan<object?> items)
    {
        foreach (var item in items)
        {
            set.Add(Admit(item));
        }
    }

    /// <summary>The key as it is stored: None is <see cref="DBNull.Value"/>.</summary>
    private object Admit(object? key)
    {
        Check(key, depth: 0);
        return key ?? DBNull.Value;
    }

    private void Check(object? key, int depth)
    {
        if (depth > PickleLimits.KeyDepth)
        {
            throw new PickleException($"The pickle has a dict key or set element nested deeper than {PickleLimits.KeyDepth} levels.");
        }
        budget.SpendOn(key);
        switch (key)
        {
            case object?[] tuple:
                foreach (var item in tuple)
                {
                    Check(item, depth + 1);
                }
                break;
            case PickleFrozenSet set:
                foreach (var item in set)
                {
                    Check(item, depth + 1);
                }
                break;
            case List<object?> or OrderedDictionary<object, object?> or HashSet<object>:
                throw new PickleException("The pickle uses a list, dict or set as a dict key or set element, which Python does not allow.");
            case PickleUnbuilt:
                throw new PickleException("The pickle uses a 'uuid.UUID' without its number as a dict key or set element.");
            default:
                break;
        }
    }
}
