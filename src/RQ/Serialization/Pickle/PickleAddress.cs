using System.Globalization;
using System.Numerics;
using System.Text;

namespace RQ.Serialization;

/// <summary>Addresses of ipaddress, which are written as a number; networks and interfaces are written as text.</summary>
internal static class PickleAddress
{
    private const int Groups = 8;

    public static string? V4(object?[] args) => args switch
    {
        [string text] => text,
        [long and >= 0 and <= uint.MaxValue] => string.Create(
            CultureInfo.InvariantCulture, $"{Octet(args, 24)}.{Octet(args, 16)}.{Octet(args, 8)}.{Octet(args, 0)}"),
        _ => null,
    };

    public static string? V6(object?[] args) => args switch
    {
        [string text] => text,
        [long and >= 0] => V6((UInt128)(long)args[0]!),
        [BigInteger number] when number.Sign > 0 && number.GetBitLength() <= 128 => V6((UInt128)number),
        _ => null,
    };

    private static long Octet(object?[] args, int shift) => ((long)args[0]! >> shift) & 0xff;

    /// <summary>The longest run of groups that are 0 is left out, if it is one of two at least.</summary>
    private static string V6(UInt128 number)
    {
        var (start, length) = (-1, 1);
        for (var i = 0; i < Groups; i++)
        {
            var run = 0;
            while (i + run < Groups && Group(number, i + run) == 0)
            {
                run++;
            }
            if (run > length)
            {
                (start, length) = (i, run);
            }
        }
        var text = new StringBuilder();
        for (var i = 0; i < Groups; i++)
        {
            if (i == start)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }
            if (text.Length > 0 && text[^1] != ':')
            {
                text.Append(':');
            }
            text.Append(CultureInfo.InvariantCulture, $"{Group(number, i):x}");
        }
        return text.ToString();
    }

    private static int Group(UInt128 number, int index) => (int)(ushort)(number >> (16 * (Groups - 1 - index)));
}
