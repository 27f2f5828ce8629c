namespace RQ.Serialization;

internal sealed class PickleSerializer : JobSerializer
{
    public override string Name => "pickle";

    internal override bool IsBuiltIn => true;

    public override bool CanRead(ReadOnlySpan<byte> bytes) => StoredFormat.IsPickle(bytes);

    public override byte[] Serialize(object? data) => PickleWriter.Write(data);

    public override object? Deserialize(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return PickleReader.Read(bytes.Span);
        }
        catch (PickleException exception)
        {
            throw new UnreadableDataException(exception.Message, exception);
        }
        // No pickle is known that leads here. If there is one, the job fails as with any other damage.
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new UnreadableDataException($"The pickle is damaged: {exception.Message}", exception);
        }
    }
}
