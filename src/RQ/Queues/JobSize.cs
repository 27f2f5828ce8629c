using RQ.Serialization;

namespace RQ.Queues;

/// <summary>Adds up what a job takes, before anything of it is sent.</summary>
internal sealed class JobSize
{
    private readonly long _limit;
    private long _plain;
    private long _stored;

    /// <summary>Begins with nothing.</summary>
    public JobSize(long limit) => _limit = limit;

    /// <summary>Begins with the lengths of texts and byte arrays, so that what is much too large is not even serialized.</summary>
    /// <exception cref="JobTooLargeException">These alone are too large.</exception>
    public JobSize(long limit, JobCall call)
        : this(limit)
    {
        long least = 0;
        for (int i = 0; i < call.Arguments.Count; i++)
            least += LengthOf(call.Arguments[i]);
        if (call.KeywordArguments.Count > 0)
            least += call.KeywordArguments.Values.Sum(LengthOf);
        Check(least);
    }

    /// <summary>A serialized call as it is stored.</summary>
    /// <param name="serialized">The call.</param>
    /// <param name="plainLength">How long it is for its reader.</param>
    /// <exception cref="JobTooLargeException">The job is too large with it.</exception>
    public byte[] Compacted(byte[] serialized, int plainLength)
    {
        Check(_plain += plainLength);
        byte[] stored = Compression.Compact(serialized);
        Check(_stored += stored.Length);
        return stored;
    }

    /// <summary>Counts what is stored as it is.</summary>
    /// <inheritdoc cref="Compacted"/>
    /// <param name="stored">The bytes.</param>
    /// <param name="plainLength">How long they are for their reader.</param>
    public byte[] Counted(byte[] stored, int plainLength)
    {
        Check(_plain += plainLength);
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
