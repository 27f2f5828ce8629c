namespace RQ.Serialization;

/// <summary>The values a pickle can refer back to, by slot number.</summary>
internal sealed class PickleMemo(int pickleLength)
{
    private static readonly object Unset = new();
    private readonly List<object?> _slots = [];
    private int _used;

    /// <summary>Fills the slot whose number is the count of those in use.</summary>
    public void Add(object? value) => Set((uint)_used, value);

    public void Set(uint slot, object? value)
    {
        // Picklers number slots one after the other and need a byte at least for each.
        if (slot > pickleLength)
        {
            throw new PickleException($"The pickle is damaged: it numbers a value {slot}, which is more than it can hold.");
        }
        while (_slots.Count <= slot)
        {
            _slots.Add(Unset);
        }
        if (_slots[(int)slot] == Unset)
        {
            _used++;
        }
        _slots[(int)slot] = value;
    }

    public object? Get(uint slot)
    {
        var value = slot < (uint)_slots.Count ? _slots[(int)slot] : Unset;
        return value != Unset
            ? value
            : throw new PickleException($"The pickle is damaged: it refers back to value {slot}, which was never written.");
    }
}
