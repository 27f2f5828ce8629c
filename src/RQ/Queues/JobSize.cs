using RQ.Serialization;

namespace RQ.Queues;

/// <summary>Adds up what a job takes, before anything of it is sent.</summary>
internal sealed class JobSize
{
    private readonly long _limit;
    private long _plain;
    private long _stored;

    /// <summary>Begins with the lengths of texts and byte arrays, so that what is much too large is not even serialized.</summary>
    /// <exception cref="JobTooLargeException">These alone are too large.</exception>
    public JobSize(long limit, JobCall call)
    {
        _limit = limit;
        long least = 0;
        foreach (object? argument in call.Arguments.Concat(call.KeywordArguments.Values))
            least += argument switch { byte[] bytes => bytes.Length, string text => text.Length, _ => 0 };
        Check(least);
    }

    /// <summary>Compresses a serialized call.</summary>
    /// <exception cref="JobTooLargeException">The job is too large with it.</exception>
    public byte[] Compressed(byte[] serialized)
    {
        Check(_plain += serialized.Length);
        byte[] stored = Compression.Deflate(serialized);
        Check(_stored += stored.Length);
        return stored;
    }

    /// <summary>Counts what is stored as it is.</summary>
    /// <exception cref="JobTooLargeException">The job is too large with it.</exception>
    public byte[] Counted(byte[] stored)
    {
        Check(_plain += stored.Length);
        Check(_stored += stored.Length);
        return stored;
    }

    private void Check(long size)
    {
        if (size > _limit)
            throw new JobTooLargeException(size, _limit);
    }
}
