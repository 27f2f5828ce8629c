using System.Collections;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>Which data may be keys of dictionaries and items of sets, and which of them are the same in Python.</summary>
internal static class DataKeys
{
    /// <summary>Whether data may be a key in Python.</summary>
    public static bool IsKey(object? data) => data switch
    {
        object?[] tuple => Array.TrueForAll(tuple, IsKey),
        IDictionary or IList and not byte[] => false,
        _ => true,
    };

    /// <summary>Looks for keys that are different in .NET and the same in Python: 1, 1.0 and true, and tuples of the same items.</summary>
    /// <exception cref="ArgumentException">There are such keys: one of the values would be lost.</exception>
    public static void Check(OrderedDictionary<object, object?> map)
    {
        Type? first = null;
        bool isMixed = false;
        foreach (object key in map.Keys)
        {
            first ??= key.GetType();
            isMixed |= key.GetType() != first || key is object?[];
        }

        if (!isMixed)
            return;
        var seen = new HashSet<object>(PickleKeyComparer.Instance);
        foreach (object key in map.Keys)
        {
            if (!seen.Add(AsNumber(key)))
                throw new ArgumentException($"Two keys of a dictionary are both {DataKind.Show(key)} in Python, where 1, 1.0 and True are the same.");
        }
    }

    private static object AsNumber(object key) => key switch
    {
        bool truth => truth ? BigInteger.One : BigInteger.Zero,
        float number => AsNumber((double)number),
        Half number => AsNumber((double)number),
        double number => double.IsInteger(number) ? new BigInteger(number) : key,
        decimal number => decimal.IsInteger(number) ? new BigInteger(number) : key,
        object?[] tuple => Array.ConvertAll(tuple, item => item is null ? null : (object?)AsNumber(item)),
        _ => NumberBinder.Whole(key) is { } whole ? whole : key,
    };
}
