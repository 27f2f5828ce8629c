namespace RQ.Serialization;

/// <summary>The values a pickle can refer back to, by slot number.</summary>
internal sealed class PickleMemo(int pickleLength)
{
    private static readonly object Unset = new();

    /// <summary>Slots as picklers number them, one after the other; it has no more places than twice those in use.</summary>
    private readonly List<object?> _slots = [];

    /// <summary>Slots whose numbers are far beyond.</summary>
    private Dictionary<uint, object?>? _far;
    private int _used;

    /// <summary>Fills the slot whose number is the count of those in use.</summary>
    public void Add(object? value) => Set((uint)_used, value);

    public void Set(uint slot, object? value)
    {
        // A pickler needs a byte at least for each.
        if (slot > pickleLength)
        {
            throw new PickleException($"The pickle is damaged: it numbers a value {slot}, which is more than it can hold.");
        }
        if (slot == _slots.Count)
        {
            _used += _far is not null && _far.Remove(slot) ? 0 : 1;
            _slots.Add(value);
        }
        else if (slot > 16 + (2 * (long)_used))
        {
            _far ??= [];
            _used += _far.ContainsKey(slot) ? 0 : 1;
            _far[slot] = value;
        }
        else
        {
            while (_slots.Count <= slot)
            {
                _slots.Add(Unset);
            }
            _used += _slots[(int)slot] == Unset && !(_far is not null && _far.Remove(slot)) ? 1 : 0;
            _slots[(int)slot] = value;
        }
        if (_used > PickleLimits.Values)
        {
            throw PickleStack.TooMany();
        }
    }

    public object? Get(uint slot)
    {
        var value = slot < (uint)_slots.Count ? _slots[(int)slot] : Unset;
        if (value == Unset && (_far is null || !_far.TryGetValue(slot, out value)))
        {
            throw new PickleException($"The pickle is damaged: it refers back to value {slot}, which was never written.");
        }
        return value;
    }
}
