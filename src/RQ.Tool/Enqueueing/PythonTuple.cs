using System.Runtime.CompilerServices;

namespace RQ.Tool.Enqueueing;

/// <summary>A tuple of any length, which arrives in Python as one. Equal to another of the same items, so it can be a key.</summary>
internal sealed class PythonTuple(IReadOnlyList<object?> items) : ITuple
{
    public int Length => items.Count;

    public object? this[int index] => items[index];

    public override bool Equals(object? obj) =>
        obj is PythonTuple other && other.Length == Length && Enumerable.Range(0, Length).All(i => Equals(this[i], other[i]));

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (object? item in items)
            hash.Add(item);
        return hash.ToHashCode();
    }
}
