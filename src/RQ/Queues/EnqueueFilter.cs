namespace RQ;

/// <summary>
/// Code around the enqueue methods of a queue that take calls: it may look at the jobs, change them, keep them back or refuse them by throwing. Set in
/// <see cref="QueueOptions.EnqueueFilters"/>, where the first one is the outermost.
/// </summary>
public interface IEnqueueFilter
{
    /// <summary>Called once for each call of an enqueue method, whatever number of jobs it is about.</summary>
    /// <param name="context">What is to be enqueued.</param>
    /// <param name="next">Enqueues, by way of the filters further in. Not calling it enqueues nothing.</param>
    /// <param name="cancellationToken">The caller's.</param>
    ValueTask EnqueueAsync(EnqueueContext context, Func<ValueTask> next, CancellationToken cancellationToken);
}

/// <summary>What an <see cref="IEnqueueFilter"/> sees.</summary>
public sealed class EnqueueContext
{
    private IReadOnlyList<JobRequest> _requests;

    internal EnqueueContext(Queue queue, IReadOnlyList<JobRequest> requests)
    {
        Queue = queue;
        _requests = requests;
    }

    /// <summary>The queue.</summary>
    public Queue Queue { get; }

    /// <summary>What is to be enqueued, in order. A filter may put other requests here before it goes on, but not more or fewer.</summary>
    /// <exception cref="ArgumentException">Their number changed: callers are given one job for each.</exception>
    public IReadOnlyList<JobRequest> Requests
    {
        get => _requests;
        set => _requests = value?.Count == _requests.Count
            ? value
            : throw new ArgumentException($"A filter may change the {_requests.Count} requests, not their number: callers are given one job for each.");
    }

    /// <summary>The jobs, after they were enqueued; empty before. A filter that keeps the requests back leaves it empty: the call then fails.</summary>
    public IReadOnlyList<Job> Jobs { get; internal set; } = [];
}
