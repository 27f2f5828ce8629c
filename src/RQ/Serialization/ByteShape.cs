namespace RQ.Serialization;

/// <summary>Bytes in their several guises.</summary>
internal static class ByteShape
{
    public static Func<object, int, object?>? Of(Type type) =>
        type == typeof(byte[]) ? (value, _) => value
        : type == typeof(ReadOnlyMemory<byte>) ? (value, _) => ((ReadOnlyMemory<byte>)value).ToArray()
        : type == typeof(Memory<byte>) ? (value, _) => ((Memory<byte>)value).ToArray()
        : type == typeof(ArraySegment<byte>) ? (value, _) => ((ArraySegment<byte>)value).AsSpan().ToArray()
        : null;
}
