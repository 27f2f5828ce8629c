namespace RQ;

/// <summary>
/// What code that enqueues needs of a queue: the seam for unit tests, which put a queue of their own here. The enqueue methods
/// that take lambdas are extensions (<see cref="QueueLambdas"/>), so a fake needs these few methods only; <see cref="Job.Create"/> makes the jobs it returns.
/// </summary>
public interface IQueue
{
    /// <summary>The queue's name.</summary>
    string Name { get; }

    /// <inheritdoc cref="Queue.EnqueueAsync(JobCall, JobOptions?, CancellationToken)"/>
    Task<Job> EnqueueAsync(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Queue.EnqueueAsync{T}(JobCall, JobOptions?, CancellationToken)"/>
    Task<Job<T>> EnqueueAsync<T>(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Queue.EnqueueManyAsync(IEnumerable{JobRequest}, CancellationToken)"/>
    Task<IReadOnlyList<Job>> EnqueueManyAsync(IEnumerable<JobRequest> requests, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Queue.CountAsync"/>
    Task<long> CountAsync(CancellationToken cancellationToken = default);
}
