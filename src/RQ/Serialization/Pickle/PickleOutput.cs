using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace RQ.Serialization;

/// <summary>Writes opcodes with their arguments. <see cref="Complete"/> hands over the last bytes.</summary>
internal ref struct PickleOutput(IBufferWriter<byte> output)
{
    private const int MinimumSpan = 256;

    /// <summary>The longest text that fits a length byte however it is encoded.</summary>
    private const int ShortText = byte.MaxValue / 3;

    private readonly IBufferWriter<byte> _output = output;
    private Span<byte> _span = output.GetSpan(MinimumSpan);
    private int _used;

    public void Complete()
    {
        _output.Advance(_used);
        _span = default;
        _used = 0;
    }

    public void Op(byte op)
    {
        Reserve(1)[0] = op;
        _used++;
    }

    public void Text(string text) => Text(text.AsSpan());

    public void Text(scoped ReadOnlySpan<char> text)
    {
        if (text.Length <= ShortText)
        {
            var span = Reserve(2 + (3 * text.Length));
            var length = Encoding.UTF8.GetBytes(text, span[2..]);
            span[0] = PickleOp.ShortBinUnicode;
            span[1] = (byte)length;
            _used += 2 + length;
            return;
        }
        var count = Encoding.UTF8.GetByteCount(text);
        Header(PickleOp.ShortBinUnicode, PickleOp.BinUnicode, count);
        Encoding.UTF8.GetBytes(text, Reserve(count));
        _used += count;
    }

    /// <summary>Text of ASCII characters.</summary>
    public void Ascii(scoped ReadOnlySpan<byte> text)
    {
        Header(PickleOp.ShortBinUnicode, PickleOp.BinUnicode, text.Length);
        Raw(text);
    }

    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        Header(PickleOp.ShortBinBytes, PickleOp.BinBytes, bytes.Length);
        Raw(bytes);
    }

    public void Integer(long number)
    {
        switch (number)
        {
            case >= 0 and <= byte.MaxValue:
                var small = Reserve(2);
                small[0] = PickleOp.BinInt1;
                small[1] = (byte)number;
                _used += 2;
                break;
            case >= 0 and <= ushort.MaxValue:
                var medium = Reserve(3);
                medium[0] = PickleOp.BinInt2;
                BinaryPrimitives.WriteUInt16LittleEndian(medium[1..], (ushort)number);
                _used += 3;
                break;
            case >= int.MinValue and <= int.MaxValue:
                var large = Reserve(5);
                large[0] = PickleOp.BinInt;
                BinaryPrimitives.WriteInt32LittleEndian(large[1..], (int)number);
                _used += 5;
                break;
            default:
                Span<byte> bytes = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
                LongInteger(bytes[..SignificantLength(bytes)]);
                break;
        }
    }

    public void Integer(BigInteger number)
    {
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            Integer((long)number);
        }
        else
        {
            LongInteger(number.ToByteArray());
        }
    }

    public void Float(double number)
    {
        var span = Reserve(9);
        span[0] = PickleOp.BinFloat;
        BinaryPrimitives.WriteDoubleBigEndian(span[1..], number);
        _used += 9;
    }

    /// <summary>Refers to a Python type. Arguments as a tuple and REDUCE make a value of it.</summary>
    public void Global(ReadOnlySpan<byte> module, ReadOnlySpan<byte> name)
    {
        Ascii(module);
        Ascii(name);
        Op(PickleOp.StackGlobal);
    }

    /// <summary>Makes a tuple of the last values, at most three, and calls the type below them.</summary>
    public void Call(int argumentCount)
    {
        Op((byte)(PickleOp.Tuple1 + argumentCount - 1));
        Op(PickleOp.Reduce);
    }

    private void LongInteger(scoped ReadOnlySpan<byte> bytes)
    {
        Header(PickleOp.Long1, PickleOp.Long4, bytes.Length);
        Raw(bytes);
    }

    /// <summary>Python reads redundant sign bytes too; it does not write them.</summary>
    private static int SignificantLength(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length;
        while (length > 1 && (sbyte)bytes[length - 1] == (sbyte)bytes[length - 2] >> 7)
        {
            length--;
        }
        return length;
    }

    private void Header(byte shortOp, byte longOp, int length)
    {
        var span = Reserve(5);
        if (length <= byte.MaxValue)
        {
            span[0] = shortOp;
            span[1] = (byte)length;
            _used += 2;
            return;
        }
        span[0] = longOp;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], length);
        _used += 5;
    }

    private void Raw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _used += bytes.Length;
    }

    private Span<byte> Reserve(int length)
    {
        if (_span.Length - _used < length)
        {
            _output.Advance(_used);
            _span = _output.GetSpan(Math.Max(length, MinimumSpan));
            _used = 0;
        }
        return _span[_used..];
    }
}
