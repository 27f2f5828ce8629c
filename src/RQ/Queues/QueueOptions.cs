namespace RQ;

/// <summary>What holds for the jobs of one queue unless their own options say otherwise.</summary>
public sealed class QueueOptions
{
    /// <summary>
    /// How long a run may take. At least 1 s; <see cref="Timeout.InfiniteTimeSpan"/> for no limit. Default 180 s, as in RQ.
    /// </summary>
    public TimeSpan DefaultTimeout { get; set; } = TimeSpan.FromSeconds(180);

    /// <summary>
    /// How calls and metadata are written; <c>null</c> takes the connection's. Default: <c>null</c>. Jobs in a format of your own
    /// are read over the same connection from then on; workers and readers elsewhere must know it too.
    /// </summary>
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
    /// and not at all when it is rolled back. Until then the returned jobs are <see cref="JobStatus.Created"/>. That comes after all that takes part in the transaction has committed, and is no part of
    /// it: what cannot be enqueued then, or within 30 s for all of them, is told to <see cref="OnCommitFailed"/>, and is lost when the program dies in between. Default: <c>false</c>.
    /// </summary>
    public bool EnqueueOnCommit { get; set; }

    /// <summary>
    /// Called with jobs of a transaction that has committed, and why they are not on their queue or not known to be: work that is in the database, and that nobody else will see to. Look
    /// whether they are there (<see cref="Job.ExistsAsync(string, RqConnection, CancellationToken)"/>), and enqueue those that are not. An <see cref="EnqueueNotConfirmedException"/> tells that they
    /// are on their queue, and not confirmed. Default: none, and the exception comes out of the transaction's end. Some database drivers swallow it there: set this one.
    /// </summary>
    public Action<IReadOnlyList<Job>, Exception>? OnCommitFailed { get; set; }

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
