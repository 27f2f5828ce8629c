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
        for (int i = 0; i < call.Arguments.Count; i++)
            least += LengthOf(call.Arguments[i]);
        if (call.KeywordArguments.Count > 0)
            least += call.KeywordArguments.Values.Sum(LengthOf);
        Check(least);
    }

    /// <summary>A serialized call as it is stored.</summary>
    /// <exception cref="JobTooLargeException">The job is too large with it.</exception>
    public byte[] Compacted(byte[] serialized)
    {
        Check(_plain += serialized.Length);
        byte[] stored = Compression.Compact(serialized);
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

    private static long LengthOf(object? argument) => argument switch { byte[] bytes => bytes.Length, string text => text.Length, _ => 0 };

    private void Check(long size)
    {
        if (size > _limit)
            throw new JobTooLargeException(size, _limit);
    }
}
