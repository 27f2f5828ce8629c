using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RQ.Serialization;

/// <summary>
/// Compares dict keys and set elements by value, as Python does: <c>True</c>, <c>1</c> and <c>1.0</c> are one key,
/// tuples and frozensets are equal when their elements are, and not-a-number equals only itself, the very object. (Decimals
/// and complex numbers equal only their own kind.)
/// </summary>
/// <remarks>
/// All hashes depend on a per-process seed, also for numbers, so that keys which collide cannot be prepared.
/// Recursion is bounded because <see cref="PickleKeys"/> lets no deep key in.
/// </remarks>
internal sealed class PickleKeyComparer : IEqualityComparer<object>
{
    public static readonly PickleKeyComparer Instance = new();

    public new bool Equals(object? x, object? y)
    {
        if (ReferenceEquals(x, y))
        {
            return true;
        }
        if (x is string text)
        {
            return y is string other && text == other;
        }
        return (Canonical(x), Canonical(y)) switch
        {
            (null, _) or (_, null) => false,
            (object?[] a, object?[] b) => TuplesEqual(a, b),
            (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
            (double a, double b) => a == b,
            (Complex a, Complex b) => a == b,
            (PickleFrozenSet a, PickleFrozenSet b) => a.Count == b.Count && a.SetEquals(b),
            var (a, b) => a.Equals(b),
        };
    }

    public int GetHashCode(object obj) => Hash(obj);

    private static bool TuplesEqual(object?[] a, object?[] b)
    {
        if (a.Length != b.Length)
        {
            return false;
        }
        for (var i = 0; i < a.Length; i++)
        {
            if (!Instance.Equals(a[i], b[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static object? Canonical(object? key) => key switch
    {
        true => 1L,
        false => 0L,
        double number when Math.Floor(number) == number && double.IsFinite(number) => Whole(number),
        _ => key,
    };

    private static object Whole(double number) => number is >= long.MinValue and < -(double)long.MinValue ? (object)(long)number : new BigInteger(number);

    private static int Hash(object? key) => Canonical(key) switch
    {
        string text => text.GetHashCode(),
        long number => Mix(number),
        // Each is a key of its own, and many of them must not share a hash.
        double.NaN => RuntimeHelpers.GetHashCode(key),
        Complex number when double.IsNaN(number.Real) || double.IsNaN(number.Imaginary) => RuntimeHelpers.GetHashCode(key),
        double number => Mix(BitConverter.DoubleToInt64Bits(number)),
        byte[] bytes => HashBytes(bytes),
        object?[] tuple => HashTuple(tuple),
        PickleFrozenSet set => HashSet(set),
        BigInteger number => HashBytes(number.ToByteArray()),
        Complex number => HashCode.Combine(Hash(number.Real), Hash(number.Imaginary)),
        // Dividing by this one drops trailing zeros: 1.0 and 1.00 are equal and must hash alike.
        decimal number => HashDecimal(number / 1.0000000000000000000000000000m),
        Guid guid => HashBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in guid))),
        DateTime time => Mix(time.Ticks),
        DateTimeOffset time => Mix(time.UtcTicks),
        TimeSpan time => Mix(time.Ticks),
        TimeOnly time => Mix(time.Ticks),
        var other => HashCode.Combine(other?.GetHashCode() ?? 0),
    };

    private static int Mix(long number) => HashCode.Combine((int)number, (int)(number >> 32));

    private static int HashBytes(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    private static int HashDecimal(decimal number)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(number, bits);
        return HashCode.Combine(bits[0], bits[1], bits[2], number == 0 ? 0 : bits[3]);
    }

    private static int HashTuple(object?[] tuple)
    {
        var hash = new HashCode();
        foreach (var item in tuple)
        {
            hash.Add(Hash(item));
        }
        return hash.ToHashCode();
    }

    private static int HashSet(PickleFrozenSet set)
    {
        var sum = 0;
        foreach (var item in set)
        {
            sum ^= HashCode.Combine(Hash(item));
        }
        return sum;
    }
}
