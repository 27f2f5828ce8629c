using System.Buffers.Binary;

namespace RQ.Serialization;

/// <summary>A position in a pickle. Every read is checked against what is left before anything is allocated.</summary>
internal ref struct PickleInput(ReadOnlySpan<byte> pickle)
{
    private readonly ReadOnlySpan<byte> _pickle = pickle;
    private int _position;

    public byte Byte()
    {
        if (_position >= _pickle.Length)
        {
            throw Truncated();
        }
        return _pickle[_position++];
    }

    public ReadOnlySpan<byte> Bytes(ulong count)
    {
        if (count > (ulong)(_pickle.Length - _position))
        {
            throw Truncated();
        }
        var bytes = _pickle.Slice(_position, (int)count);
        _position += (int)count;
        return bytes;
    }

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    public double DoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    /// <summary>The bytes up to the next line feed, which is passed over.</summary>
    public ReadOnlySpan<byte> Line()
    {
        var length = _pickle[_position..].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Truncated();
        }
        var line = _pickle.Slice(_position, length);
        _position += length + 1;
        return line;
    }

    private readonly PickleException Truncated() =>
        new($"The pickle ends in the middle of a value, after {_pickle.Length} bytes: it was cut short or is damaged.");
}
