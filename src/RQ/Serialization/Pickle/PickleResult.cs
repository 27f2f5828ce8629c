using System.Numerics;
using System.Runtime.InteropServices;

namespace RQ.Serialization;

/// <summary>
/// The last step, before anyone walks what a pickle produced: stand-ins become what they stand for, and what is not only data, has loops,
/// is too deep, or too large when shared values are counted as often as they are reached, is refused.
/// </summary>
internal ref struct PickleResult
{
    /// <summary>What is already known of the containers that may be reached again. <c>null</c> when none is: then each is reached once.</summary>
    private readonly Dictionary<object, Extent>? _known;
    private readonly long _values;
    private long _remaining;

    private PickleResult(bool hasRepeats, int pickleLength)
    {
        _values = Math.Min(PickleLimits.LeastValues + ((long)PickleLimits.ValuesPerByte * pickleLength), PickleLimits.Values);
        _remaining = _values;
        _known = hasRepeats ? new Dictionary<object, Extent>(ReferenceEqualityComparer.Instance) : null;
    }

    /// <param name="root">What the pickle produced.</param>
    /// <param name="hasRepeats">Whether the pickle refers back to any container.</param>
    /// <param name="pickleLength">In bytes. What refers back to values unfolds to more than those, but not to any number.</param>
    public static object? Checked(object? root, bool hasRepeats, int pickleLength)
    {
        new PickleResult(hasRepeats, pickleLength).Visit(ref root, depth: 1);
        return root;
    }

    /// <returns>How many containers lie within one another there.</returns>
    private int Visit(ref object? value, int depth)
    {
        if (value is PickleStandIn)
        {
            value = PickleStandIn.Resolved(value);
        }
        Spend(1 + Weight(value));
        if (value is not (object?[] or List<object?> or OrderedDictionary<object, object?> or HashSet<object>))
        {
            return 0;
        }
        if (_known is null)
        {
            Check(depth);
            return 1 + VisitItems(value, depth + 1);
        }
        if (_known.TryGetValue(value, out var extent))
        {
            Check(depth + extent.Height - 1);
            Spend(extent.Size);
            return extent.Height;
        }
        Check(depth);
        // Until it is known, a container that is reached from within is too deep.
        _known.Add(value, new Extent(0, PickleLimits.Depth + 1));
        var before = _remaining;
        var height = 1 + VisitItems(value, depth + 1);
        _known[value] = new Extent(before - _remaining, height);
        return height;
    }

    private int VisitItems(object container, int depth)
    {
        var height = 0;
        switch (container)
        {
            case object?[] tuple:
                for (var i = 0; i < tuple.Length; i++)
                {
                    height = Math.Max(height, Visit(ref tuple[i], depth));
                }
                break;
            case List<object?> list:
                foreach (ref var item in CollectionsMarshal.AsSpan(list))
                {
                    height = Math.Max(height, Visit(ref item, depth));
                }
                break;
            case OrderedDictionary<object, object?> dict:
                for (var i = 0; i < dict.Count; i++)
                {
                    var (entry, item) = dict.GetAt(i);
                    object? key = entry;
                    height = Math.Max(height, Visit(ref key, depth));
                    var isStandIn = item is PickleStandIn;
                    height = Math.Max(height, Visit(ref item, depth));
                    if (isStandIn)
                    {
                        dict.SetAt(i, item);
                    }
                }
                break;
            case HashSet<object> set:
                foreach (var item in set)
                {
                    object? element = item;
                    height = Math.Max(height, Visit(ref element, depth));
                }
                break;
        }
        return height;
    }

    private static void Check(int depth)
    {
        if (depth > PickleLimits.Depth)
        {
            throw new PickleException($"The pickle is nested deeper than {PickleLimits.Depth} levels, or holds a container that contains itself.");
        }
    }

    private void Spend(long values)
    {
        _remaining -= values;
        if (_remaining < 0)
        {
            throw new PickleException($"The pickle unfolds to more than {_values} values.");
        }
    }

    private static long Weight(object? value) => value switch
    {
        string text => text.Length / PickleLimits.LengthPerValue,
        byte[] bytes => bytes.Length / PickleLimits.LengthPerValue,
        // Whoever shows it needs time by the square of its length.
        BigInteger number => (long)number.GetByteCount() * number.GetByteCount() / 1024,
        _ => 0,
    };

    /// <param name="Size">Values in a container.</param>
    /// <param name="Height">Containers within one another, with itself.</param>
    private readonly record struct Extent(long Size, int Height);
}
