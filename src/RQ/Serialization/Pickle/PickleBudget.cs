using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// Work and memory that a pickle may cause beyond reading each byte once: hashing keys, making values from arguments. Bytes
/// that refer back can ask for the same large work again and again; in proportion to the pickle's length they may.
/// </summary>
internal sealed class PickleBudget(int pickleLength)
{
    private const int LengthPerUnit = 8;
    private const int BytesPerUnit = 16;
    private const int Call = 48;
    private readonly MemoryBudget _memory = new(pickleLength);
    private long _units = Math.Min(PickleLimits.LeastWork + ((long)PickleLimits.WorkPerByte * pickleLength), PickleLimits.MostWork);

    /// <summary>Pays for one value, without what it contains.</summary>
    public void SpendOn(object? value) => Spend(UnitsOf(value));

    /// <summary>Pays for a call: its arguments, and their items when they are copied.</summary>
    public void SpendOnCall(object?[] arguments)
    {
        long units = 0;
        foreach (var argument in arguments)
        {
            units += UnitsOf(argument) + argument switch
            {
                object?[] items => items.Length,
                List<object?> items => items.Count,
                _ => 0,
            };
        }
        Spend(units);
        Allocate(Call + (units * BytesPerUnit));
    }

    /// <summary>Pays for the digits of an integer: what they take grows with the square of their number.</summary>
    public void SpendOnDigits(BigInteger number)
    {
        long length = number.GetByteCount();
        Spend(length * length / 128);
    }

    /// <summary>Pays for so many values.</summary>
    public void Spend(long units)
    {
        _units -= units;
        if (_units < 0)
        {
            throw new PickleException("The pickle repeats large values too often to be data.");
        }
    }

    /// <summary>Pays for so many bytes of memory, before they are allocated.</summary>
    public void Allocate(long bytes)
    {
        if (!_memory.Take(bytes))
        {
            throw new PickleException("The pickle takes too much memory for its length, or holds too many values: send less at a time.");
        }
    }

    public List<object?> NewList()
    {
        Allocate(MemoryBudget.List);
        return [];
    }

    public OrderedDictionary<object, object?> NewDict()
    {
        Allocate(MemoryBudget.Dict);
        return PickleReader.NewDict();
    }

    public HashSet<object> NewSet()
    {
        Allocate(MemoryBudget.Set);
        return new HashSet<object>(PickleKeyComparer.Instance);
    }

    private static int UnitsOf(object? value) => value switch
    {
        string text => 1 + text.Length / LengthPerUnit,
        byte[] bytes => 1 + bytes.Length / LengthPerUnit,
        BigInteger number => 1 + number.GetByteCount() / LengthPerUnit,
        _ => 1,
    };
}
