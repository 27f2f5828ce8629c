using System.Buffers.Binary;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// A uuid.UUID between NEWOBJ and BUILD. Python remembers the object before it has its state, so later references
/// come to this one and find <see cref="Value"/>.
/// </summary>
internal sealed class PickleUnbuilt
{
    /// <summary>The UUID once its state was read.</summary>
    public object? Value { get; private set; }

    public object Build(object? state)
    {
        if (state is not OrderedDictionary<object, object?> fields || !fields.TryGetValue("int", out var number))
        {
            throw new PickleException("The pickle holds a 'uuid.UUID' without its number.");
        }
        BigInteger integer = number switch
        {
            long small => small,
            BigInteger big => big,
            _ => -1,
        };
        if (integer.Sign < 0 || integer.GetByteCount(isUnsigned: true) > 16)
        {
            throw new PickleException("The pickle holds a 'uuid.UUID' whose number is not one of 128 bits.");
        }
        Value = ToGuid((UInt128)integer);
        return Value;
    }

    private static Guid ToGuid(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new Guid(bytes, bigEndian: true);
    }
}
