using RQ.Jobs;

namespace RQ.Serialization;

/// <summary>
/// The formats that a connection reads: RQ's two, and those of the connection, its queues and its workers. So whoever uses the
/// connection can read what each of them writes.
/// </summary>
/// <param name="limit">What a compressed call may unfold to, in bytes; less than the default counts as the default.</param>
internal sealed class SerializerSet(long limit = 0)
{
    private readonly Lock _turn = new();
    private volatile JobSerializer[] _custom = [];

    /// <summary>What a compressed call may unfold to when it is read, in bytes.</summary>
    public long InflateLimit { get; } = Math.Max(Compression.MaxInflated, limit);

    /// <summary>How many of the user's formats are known.</summary>
    public int CustomCount => _custom.Length;

    /// <summary>Makes known a format that is used over the connection. A queue may be made for every call: its serializer is known from the first one.</summary>
    public void Add(JobSerializer serializer)
    {
        if (IsKnown(serializer))
            return;
        lock (_turn)
        {
            if (!IsKnown(serializer))
                _custom = [.. _custom, serializer];
        }
    }

    private bool IsKnown(JobSerializer serializer) =>
        serializer.IsBuiltIn || Array.Exists(_custom, known => known.GetType() == serializer.GetType() && known.Name == serializer.Name);

    /// <summary>The format of an uncompressed call.</summary>
    public JobSerializer OfCall(ReadOnlySpan<byte> bytes)
    {
        foreach (JobSerializer serializer in _custom)
        {
            if (CanRead(serializer, bytes))
                return serializer;
        }

        return JobSerializer.Of(bytes);
    }

    /// <summary>Reads metadata or a result, which is in the format of the job's call.</summary>
    /// <exception cref="UnreadableDataException">The bytes cannot be read.</exception>
    public object? Read(JobHash job, ReadOnlyMemory<byte> bytes) => (CustomOf(job) ?? JobSerializer.Of(bytes.Span)).Read(bytes);

    private JobSerializer? CustomOf(JobHash job)
    {
        if (_custom.Length == 0 || (byte[]?)job.Data is not { } data)
            return null;
        JobSerializer serializer = OfCall(Compression.Inflate(data, InflateLimit).Span);
        return serializer.IsBuiltIn ? null : serializer;
    }

    private static bool CanRead(JobSerializer serializer, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return serializer.CanRead(bytes);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new UnreadableDataException($"The serializer '{serializer.Name}' threw when it was asked whether it can read the {bytes.Length} bytes: {exception.Message}", exception);
        }
    }
}
