using RQ.Serialization;

namespace RQ;

/// <summary>A job's call and metadata take more bytes than is allowed. Nothing was written.</summary>
#pragma warning disable CA1032 // Made here only, with both sizes.
public sealed class JobTooLargeException : ArgumentException
{
    internal JobTooLargeException(long size, long limit)
        : base($"The job takes {ByteCount.Text(size)} or more, and {ByteCount.Text(limit)} are allowed (RqConnectionOptions.MaxJobSize, at most 512 MiB). " +
            "Keep the data elsewhere and pass the job a path, key or URL.")
    {
        Size = size;
        Limit = limit;
    }

    /// <summary>How many bytes it takes at least.</summary>
    public long Size { get; }

    /// <summary>How many are allowed.</summary>
    public long Limit { get; }
}
