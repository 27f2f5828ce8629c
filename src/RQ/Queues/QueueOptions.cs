namespace RQ;

/// <summary>What holds for the jobs of one queue unless their own options say otherwise.</summary>
public sealed class QueueOptions
{
    /// <summary>
    /// How long a run may take. At least 1 s; <see cref="Timeout.InfiniteTimeSpan"/> for no limit. Default 180 s, as in RQ.
    /// </summary>
    public TimeSpan DefaultTimeout { get; set; } = TimeSpan.FromSeconds(180);

    /// <summary>How calls and metadata are written; <c>null</c> takes the connection's. Default: <c>null</c>.</summary>
    public JobSerializer? Serializer { get; set; }

    /// <summary>
    /// How many jobs may wait on the queue. More are refused, or their callers made to wait, by <see cref="WhenFull"/>; jobs that
    /// come back by themselves (retries, released dependents, due ones) always find room. At least 1. Default: any number.
    /// </summary>
    public int? MaxLength { get; set; }

    /// <summary>What happens to a call that finds the queue full. Default: <see cref="WhenFull.Reject"/>.</summary>
    public WhenFull WhenFull { get; set; }

    /// <summary>
    /// Whether workers run the jobs. Default: <c>true</c>. When <c>false</c> they are run by the caller, before the enqueue method
    /// returns, by the same code as in a worker: their outcome is stored, and a failure is not thrown. They are not retried or repeated. For tests; RQ's <c>is_async</c>.
    /// </summary>
    public bool IsAsync { get; set; } = true;

    /// <summary>What a queue with <see cref="IsAsync"/> <c>false</c> runs jobs with: functions, services, handlers, filters. Default: the defaults.</summary>
    public WorkerOptions? CallerOptions { get; set; }

    /// <summary>Code around every enqueue, the outermost first. Default: none.</summary>
    public IReadOnlyList<IEnqueueFilter> EnqueueFilters { get; set; } = [];

    /// <summary>
    /// Whether jobs that are enqueued within a <see cref="System.Transactions.TransactionScope"/> go to the queue when it commits,
    /// and not at all when it is rolled back. Until then the returned jobs are <see cref="JobStatus.Created"/>. Default: <c>false</c>.
    /// </summary>
    public bool EnqueueOnCommit { get; set; }

    internal QueueOptions Freeze()
    {
        if (MaxLength < 1)
            throw new ArgumentException("QueueOptions.MaxLength must be at least 1. Leave it null for any number.");
        ArgumentNullException.ThrowIfNull(EnqueueFilters);
        return (QueueOptions)MemberwiseClone();
    }
}

/// <summary>What happens to a call that finds the queue full.</summary>
public enum WhenFull
{
    /// <summary>It fails with <see cref="QueueFullException"/>, at once.</summary>
    Reject,

    /// <summary>It waits until there is room, or its cancellation token is signalled.</summary>
    Wait,
}
