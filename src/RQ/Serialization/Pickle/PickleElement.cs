using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace RQ.Serialization;

/// <summary>A kind of number or text that arrays hold as bytes.</summary>
/// <param name="Kind">As numpy has it: <c>b</c> bool, <c>i u f c</c> numbers, <c>S U</c> bytes and text, <c>M m</c> times, <c>O</c> objects.</param>
/// <param name="Size">In bytes.</param>
/// <param name="IsBigEndian">Whether the first byte is the highest.</param>
internal readonly record struct PickleElement(char Kind, int Size, bool IsBigEndian)
{
    /// <summary>Whether <see cref="Read"/> knows it.</summary>
    public bool IsKnown => (Kind, Size) switch
    {
        ('b', 1) or ('i' or 'u', 1 or 2 or 4 or 8) or ('f', 2 or 4 or 8) or ('c', 8 or 16) or ('M' or 'm', 8) => true,
        ('S', >= 0) => true,
        ('U', >= 0) => Size % sizeof(int) == 0,
        _ => false,
    };

    /// <param name="bytes">Exactly those of the element.</param>
    public object Read(ReadOnlySpan<byte> bytes) => Kind switch
    {
        'b' => bytes[0] != 0 ? PickleBox.True : PickleBox.False,
        'u' when Unsigned(bytes) is > long.MaxValue and var large => (BigInteger)large,
        'u' => PickleBox.Of((long)Unsigned(bytes)),
        'i' or 'M' or 'm' => PickleBox.Of(Signed(bytes)),
        'f' => Float(bytes),
        'c' => new Complex(Float(bytes[..(Size / 2)]), Float(bytes[(Size / 2)..])),
        'S' => bytes.TrimEnd((byte)0).ToArray(),
        _ => Text(bytes),
    };

    public long Signed(ReadOnlySpan<byte> bytes)
    {
        var unused = 64 - (8 * bytes.Length);
        return (long)(Unsigned(bytes) << unused) >> unused;
    }

    private ulong Unsigned(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    private double Float(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        2 => (double)BitConverter.UInt16BitsToHalf((ushort)Unsigned(bytes)),
        4 => BitConverter.UInt32BitsToSingle((uint)Unsigned(bytes)),
        _ => BitConverter.UInt64BitsToDouble(Unsigned(bytes)),
    };

    private string Text(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length / sizeof(int));
        Span<char> pair = stackalloc char[2];
        var length = 0;
        for (var i = 0; i < bytes.Length; i += sizeof(int))
        {
            var letter = (uint)Unsigned(bytes.Slice(i, sizeof(int)));
            text.Append(pair[..(Rune.TryCreate(letter, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf16(pair)]);
            length = letter == 0 ? length : text.Length;
        }
        return text.ToString(0, length);
    }
}
