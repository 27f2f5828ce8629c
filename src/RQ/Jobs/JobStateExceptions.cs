namespace RQ;

/// <summary>A job that was to be unique has the id of another one.</summary>
public sealed class DuplicateJobException : RqJobException
{
    internal DuplicateJobException(string jobId, JobStatus status)
        : base(jobId, $"Job '{jobId}' exists already; it is {status.ToText()}. Use another JobOptions.Id, delete the old job, or allow it to be replaced (UniqueJob.No).") =>
        Status = status;

    /// <summary>The status of the job that is there.</summary>
    public JobStatus Status { get; }
}

/// <summary>A job would wait, through whatever others, for itself.</summary>
public sealed class DependencyCycleException : RqJobException
{
    internal DependencyCycleException(string jobId, string dependencyId)
        : base(jobId, $"Job '{jobId}' cannot depend on '{dependencyId}', which waits for it already: neither would ever run. Leave one of the dependencies out, or use a new JobOptions.Id.") =>
        DependencyId = dependencyId;

    /// <summary>The dependency that closes the circle.</summary>
    public string DependencyId { get; }
}

/// <summary>What was asked for cannot be done with a job in its present state; nothing was changed.</summary>
public sealed class InvalidJobOperationException : RqJobException
{
    internal InvalidJobOperationException(string jobId, JobStatus? status, string message)
        : base(jobId, message) =>
        Status = status;

    /// <summary>The job's status; <c>null</c> when unknown.</summary>
    public JobStatus? Status { get; }
}

/// <summary>A queue with a maximum length (<see cref="QueueOptions.MaxLength"/>) has no room; nothing was enqueued.</summary>
public sealed class QueueFullException : RqException
{
    internal QueueFullException(string queue, long length, long maxLength)
        : base($"Queue '{queue}' is full: {length} jobs wait, and at most {maxLength} may (QueueOptions.MaxLength). Try again later, let the call wait (WhenFull.Wait), or add workers.")
    {
        Queue = queue;
        Length = length;
        MaxLength = maxLength;
    }

    /// <summary>The queue's name.</summary>
    public string Queue { get; }

    /// <summary>How many jobs wait on it.</summary>
    public long Length { get; }

    /// <summary>How many may.</summary>
    public long MaxLength { get; }
}

/// <summary>Of many jobs only some were enqueued.</summary>
public sealed class EnqueueManyException : RqException
{
    internal EnqueueManyException(IReadOnlyList<Job> accepted, Exception reason, int unconfirmed)
        : base(
            $"{accepted.Count} jobs were enqueued{(unconfirmed > 0 ? $" ({unconfirmed} of them are not confirmed as RqConnectionOptions.Durability asks)" : "")}, then it failed: {reason.Message} " +
            "The accepted ones are in Accepted; they are not taken back.", reason) =>
        Accepted = accepted;

    /// <summary>
    /// The jobs that were enqueued, in order: the first ones of the call. (There is a gap only when some of them could not be stored twice
    /// in a row while others could.) When the call was canceled, up to a thousand more may be on the queue.
    /// </summary>
    public IReadOnlyList<Job> Accepted { get; }
}
