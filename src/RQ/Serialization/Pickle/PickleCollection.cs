using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace RQ.Serialization;

/// <summary>Collections, bytes and texts that are made from arguments. <c>null</c> is returned for arguments they are not made from.</summary>
internal static class PickleCollection
{
    private const int FlagsLength = 4_000;

    public static HashSet<object>? Fill(HashSet<object> set, object?[] args, PickleKeys keys)
    {
        switch (args)
        {
            case []:
                return set;
            case [object?[] items]:
                keys.AddItems(set, items);
                return set;
            case [List<object?> items]:
                keys.AddItems(set, CollectionsMarshal.AsSpan(items));
                return set;
            default:
                return null;
        }
    }

    /// <summary>Before protocol 3, bytes were written as Latin-1 text and an instruction to encode it.</summary>
    public static byte[]? Bytes(object?[] args) => args switch
    {
        [] => [],
        [byte[] bytes] => bytes,
        [string text, "latin1" or "latin-1"] when !text.AsSpan().ContainsAnyExceptInRange('\0', '\u00ff') => Encoding.Latin1.GetBytes(text),
        _ => null,
    };

    public static OrderedDictionary<object, object?>? Dict(object?[] args, PickleKeys keys)
    {
        var dict = keys.Budget.NewDict();
        switch (args)
        {
            case []:
                return dict;
            case [OrderedDictionary<object, object?> items]:
                keys.SetItems(dict, items);
                return dict;
            case [List<object?> pairs]:
                foreach (var pair in pairs)
                {
                    switch (pair)
                    {
                        case object?[] { Length: 2 } tuple:
                            keys.SetItems(dict, tuple);
                            break;
                        case List<object?> { Count: 2 } list:
                            keys.SetItems(dict, CollectionsMarshal.AsSpan(list));
                            break;
                        default:
                            return null;
                    }
                }
                return dict;
            default:
                return null;
        }
    }

    /// <summary>The numbers of a range.</summary>
    public static List<object?>? Range(long start, long stop, long step, PickleKeys keys)
    {
        if (step == 0)
        {
            return null;
        }
        var length = Int128.Max(0, ((Int128)stop - start + step - long.Sign(step)) / step);
        if (length > PickleLimits.RangeLength)
        {
            throw new PickleException($"The pickle holds a range of {length} numbers; up to {PickleLimits.RangeLength} are read. Send its bounds instead.");
        }
        keys.Budget.Spend((int)length);
        keys.Budget.Allocate(MemoryBudget.List + ((int)length * MemoryBudget.Item));
        var numbers = new List<object?>((int)length);
        for (var i = 0; i < (int)length; i++)
        {
            numbers.Add(PickleBox.Of(start + (i * step)));
        }
        return numbers;
    }

    /// <summary>Members of a flag enum that are set together: their names in the form of .NET, separated by commas.</summary>
    public static string? Flags(object?[] args)
    {
        return args is [var first, var second] && Flag(first) is { } a && Flag(second) is { } b && a.Length + b.Length < FlagsLength ? $"{a}, {b}" : null;

        static string? Flag(object? value) => value switch
        {
            PickleName member => PickleStandIn.Resolved(member) as string,
            string names => names,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    /// <summary>What a UserDict, UserList or UserString wraps.</summary>
    public static object? Data(object? state) =>
        state is OrderedDictionary<object, object?> attributes && attributes.TryGetValue("data", out var data) ? data : null;
}
