using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// Work that a pickle may cause beyond reading each byte once: hashing keys, making values from arguments. Bytes
/// that refer back can ask for the same large work again and again; in proportion to the pickle's length they may.
/// </summary>
internal sealed class PickleBudget(int pickleLength)
{
    private const int LengthPerUnit = 8;
    private long _units = 300_000 + 16L * pickleLength;

    /// <summary>Pays for one value, without what it contains.</summary>
    public void SpendOn(object? value) => Spend(value switch
    {
        string text => 1 + text.Length / LengthPerUnit,
        byte[] bytes => 1 + bytes.Length / LengthPerUnit,
        BigInteger number => 1 + number.GetByteCount() / LengthPerUnit,
        _ => 1,
    });

    /// <summary>Pays for a call: its arguments, and their items when they are copied.</summary>
    public void SpendOnCall(object?[] arguments)
    {
        foreach (var argument in arguments)
        {
            SpendOn(argument);
            Spend(argument switch
            {
                object?[] items => items.Length,
                List<object?> items => items.Count,
                _ => 0,
            });
        }
    }

    /// <summary>Pays for so many values.</summary>
    public void Spend(int units)
    {
        _units -= units;
        if (_units < 0)
        {
            throw new PickleException("The pickle repeats large values too often to be data.");
        }
    }
}
