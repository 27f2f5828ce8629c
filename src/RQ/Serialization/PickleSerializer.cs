namespace RQ.Serialization;

internal sealed class PickleSerializer : JobSerializer
{
    public override string Name => "pickle";

    internal override byte[] Serialize(object? data) => PickleWriter.Write(data);

    internal override object? Deserialize(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return PickleReader.Read(bytes.Span);
        }
        catch (PickleException exception)
        {
            throw new UnreadableDataException(exception.Message, exception);
        }
    }
}
