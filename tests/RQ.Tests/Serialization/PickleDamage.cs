using System.Buffers.Binary;
using RQ.Serialization;

namespace RQ.Tests.Serialization;

/// <summary>Damages pickles, as a number says.</summary>
internal static class PickleDamage
{
    private static readonly byte[] Opcodes = [.. typeof(PickleOp).GetFields().Select(field => (byte)field.GetValue(null)!)];
    private static readonly uint[] Lengths = [0, 1, 2, 0x7f, 0xff, 0x100, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

    public static byte[] Of(byte[][] seeds, int number)
    {
        var random = new Random(number);
        List<byte> pickle = [.. seeds[random.Next(seeds.Length)]];
        for (var left = random.Next(1, 4); left > 0 && pickle.Count > 0; left--)
        {
            Damage(pickle, seeds, random);
        }
        return [.. pickle];
    }

    private static void Damage(List<byte> pickle, byte[][] seeds, Random random)
    {
        var at = random.Next(pickle.Count);
        switch (random.Next(8))
        {
            case 0:
                pickle[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                pickle[at] = (byte)random.Next(256);
                break;
            case 2:
                pickle.Insert(at, random.Next(2) == 0 ? (byte)random.Next(256) : AnyOpcode(random));
                break;
            case 3:
                pickle.RemoveRange(at, Math.Min(random.Next(1, 9), pickle.Count - at));
                break;
            case 4:
                Splice(pickle, seeds[random.Next(seeds.Length)], at, random);
                break;
            case 5:
                // A run again, or more often than that.
                var run = pickle.GetRange(at, Math.Min(random.Next(1, 30), pickle.Count - at));
                for (var times = random.Next(10) == 0 ? random.Next(1, 60) : 1; times > 0; times--)
                {
                    pickle.InsertRange(at, run);
                }
                break;
            case 6:
                ReplaceOpcode(pickle, at, random);
                break;
            default:
                Length(pickle, at, random);
                break;
        }
    }

    private static void Splice(List<byte> pickle, byte[] other, int at, Random random)
    {
        var from = random.Next(other.Length);
        var length = random.Next(2) == 0 ? other.Length - from : Math.Min(random.Next(1, 80), other.Length - from);
        if (random.Next(2) == 0)
        {
            pickle.RemoveRange(at, pickle.Count - at);
        }
        pickle.InsertRange(at, other.AsSpan(from, length).ToArray());
    }

    // Another opcode where there is one.
    private static void ReplaceOpcode(List<byte> pickle, int at, Random random)
    {
        for (var i = 0; i < pickle.Count; i++)
        {
            var position = (at + i) % pickle.Count;
            if (Array.IndexOf(Opcodes, pickle[position]) >= 0)
            {
                pickle[position] = AnyOpcode(random);
                return;
            }
        }
    }

    // A length of 1, 4 or 8 bytes after an opcode that has one.
    private static void Length(List<byte> pickle, int at, Random random)
    {
        for (var i = 0; i < pickle.Count; i++)
        {
            var position = (at + i) % pickle.Count;
            var size = pickle[position] switch
            {
                PickleOp.ShortBinUnicode or PickleOp.ShortBinBytes or PickleOp.ShortBinString or PickleOp.Long1 or PickleOp.BinGet or PickleOp.BinPut or PickleOp.BinInt1 => 1,
                PickleOp.BinUnicode or PickleOp.BinBytes or PickleOp.BinString or PickleOp.Long4 or PickleOp.LongBinGet or PickleOp.LongBinPut or PickleOp.BinInt => 4,
                PickleOp.BinUnicode8 or PickleOp.BinBytes8 or PickleOp.ByteArray8 => 8,
                _ => 0,
            };
            if (size == 0 || position + size >= pickle.Count)
            {
                continue;
            }
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, random.Next(2) == 0 ? Lengths[random.Next(Lengths.Length)] : (ulong)random.Next(pickle[position + 1] + 9));
            for (var b = 0; b < size; b++)
            {
                pickle[position + 1 + b] = bytes[b];
            }
            return;
        }
    }

    private static byte AnyOpcode(Random random) => Opcodes[random.Next(Opcodes.Length)];
}
