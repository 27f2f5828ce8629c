using System.Buffers.Binary;
using System.Text;

namespace RQ.Tests.Fuzzing;

/// <summary>Damages what was well formed, as a number says.</summary>
internal static class Damage
{
    private static readonly ulong[] s_lengths = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff];

    private static readonly byte[][] s_strange =
    [
        .. new[]
        {
            "", "\0", "0", "-0", "-1", "1", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
            "99999999999999999999999999999999", "1e400", "-1e400", "1e-400", "NaN", "-Infinity", "inf", "0x10", "１", "+5", "1.5", "null", "true", "\"", "'", "\\", "\\u0000", "\\ud800", "\\udc00\\ud800",
            "\r\n", "\n", "\t", " ", ",", ":", ";", "/", "%", "%zz", "@", "#", "?", "*", "[", "]", "{", "}", "(", ")", "[]", "{}", "[[]]", "\u202e", "\u0301", "\U0001f469\u200d\U0001f680", "\ufeff", "*/0", "L", "H", "W", "8-1", "@daily",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
        Encoding.ASCII.GetBytes(new string('[', 300)), Encoding.ASCII.GetBytes(new string('9', 400)), Encoding.ASCII.GetBytes(new string('-', 300)), new byte[64],
    ];

    /// <summary>One of the seeds with one to four changes; the same for the same number.</summary>
    public static byte[] Of(IReadOnlyList<byte[]> seeds, long number)
    {
        Random random = Chance(number);
        List<byte> bytes = [.. seeds[random.Next(seeds.Count)]];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
            Change(bytes, seeds, random);
        return [.. bytes];
    }

    /// <summary>Chance that is the same for the same number, and another for the next.</summary>
    public static Random Chance(long number) => new((int)((ulong)(number + 1) * 0x9E3779B97F4A7C15UL >> 33));

    private static void Change(List<byte> bytes, IReadOnlyList<byte[]> seeds, Random random)
    {
        int at = random.Next(bytes.Count + 1), left = bytes.Count - at;
        switch (random.Next(10))
        {
            case 0 when left > 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1 when left > 0: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes.Insert(at, (byte)random.Next(256)); break;
            case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), left)); break;
            case 4: bytes.RemoveRange(at, left); break;
            case 5: Repeat(bytes, at, random); break;
            case 6: Splice(bytes, seeds[random.Next(seeds.Count)], at, random); break;
            case 7: Number(bytes, at, random); break;
            case 8: Length(bytes, at, random); break;
            default:
                bytes.RemoveRange(at, Math.Min(random.Next(3), left));
                bytes.InsertRange(at, s_strange[random.Next(s_strange.Length)]);
                break;
        }
    }

    private static void Repeat(List<byte> bytes, int at, Random random)
    {
        List<byte> run = bytes.GetRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
        for (int times = random.Next(10) == 0 ? random.Next(1, 100) : 1; times > 0; times--)
            bytes.InsertRange(at, run);
    }

    private static void Splice(List<byte> bytes, byte[] other, int at, Random random)
    {
        int from = random.Next(other.Length + 1);
        int length = random.Next(2) == 0 ? other.Length - from : Math.Min(random.Next(1, 80), other.Length - from);
        if (random.Next(2) == 0)
            bytes.RemoveRange(at, bytes.Count - at);
        bytes.InsertRange(at, other.AsSpan(from, length).ToArray());
    }

    /// <summary>Another number where one is written in digits.</summary>
    private static void Number(List<byte> bytes, int at, Random random)
    {
        int first = bytes.FindIndex(at, b => char.IsAsciiDigit((char)b));
        if (first < 0)
            return;
        int last = first;
        while (last < bytes.Count && char.IsAsciiDigit((char)bytes[last]))
            last++;
        bytes.RemoveRange(first, last - first);
        bytes.InsertRange(first, random.Next(3) == 0 ? Encoding.ASCII.GetBytes($"{random.Next(100)}") : s_strange[random.Next(s_strange.Length)]);
    }

    /// <summary>A length of one, two, four or eight bytes.</summary>
    private static void Length(List<byte> bytes, int at, Random random)
    {
        byte[] length = new byte[8];
        ulong number = random.Next(2) == 0 ? s_lengths[random.Next(s_lengths.Length)] : (ulong)random.Next(bytes.Count + 9);
        if (random.Next(2) == 0)
            BinaryPrimitives.WriteUInt64LittleEndian(length, number);
        else
            BinaryPrimitives.WriteUInt64BigEndian(length, number << 32);
        int size = 1 << random.Next(4);
        for (int i = 0; i < size && at + i < bytes.Count; i++)
            bytes[at + i] = length[i];
    }
}
