using RQ.Queues;

namespace RQ;

public partial class Queue
{
    private readonly Enqueuer _enqueuer;

    /// <summary>
    /// Puts a call on the queue, in one round trip, atomically: after an exception either all of it is there or nothing.
    /// </summary>
    /// <param name="call">What to run.</param>
    /// <param name="options">How; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job: queued, or deferred, scheduled or rate limited by its options.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored; nothing was written.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    /// <exception cref="DuplicateJobException">The job was to be unique, and another one has its id.</exception>
    /// <exception cref="DependencyCycleException">One of its dependencies waits for the job itself.</exception>
    /// <exception cref="QueueFullException">The queue has a maximum length and is full.</exception>
    /// <exception cref="EnqueueNotConfirmedException">It is on the queue, and not confirmed as <see cref="RqConnectionOptions.Durability"/> asks.</exception>
    public Task<Job> EnqueueAsync(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        _enqueuer.EnqueueAsync(call, options, cancellationToken);

    /// <summary>The same for a call whose return value has a known type.</summary>
    /// <inheritdoc cref="EnqueueAsync(JobCall, JobOptions?, CancellationToken)"/>
    /// <typeparam name="T">The type of the return value.</typeparam>
    public async Task<Job<T>> EnqueueAsync<T>(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await EnqueueAsync(call, options, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Puts many calls on the queue, 500 in each round trip (fewer when they are large); those of one trip are all there or none.
    /// Jobs may depend on others of the same call, in whatever order.
    /// </summary>
    /// <param name="requests">What to run, and how.</param>
    /// <param name="cancellationToken">Stops between two round trips.</param>
    /// <returns>The jobs, in order.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored, and nothing was written before.</exception>
    /// <exception cref="DependencyCycleException">Jobs of the call wait for each other, and nothing was written.</exception>
    /// <exception cref="EnqueueManyException">It failed after some were enqueued; the exception lists them.</exception>
    public Task<IReadOnlyList<Job>> EnqueueManyAsync(IEnumerable<JobRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        return _enqueuer.EnqueueManyAsync([.. requests], cancellationToken);
    }

    /// <summary>The same for many calls with the same options.</summary>
    /// <param name="calls">What to run, in order.</param>
    /// <param name="options">How, for all of them. It may name no <see cref="JobOptions.Id"/>.</param>
    /// <param name="cancellationToken">Stops between two round trips.</param>
    /// <returns>The jobs, in order.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored, or an id is given, and nothing was written before.</exception>
    /// <exception cref="EnqueueManyException">It failed after some were enqueued; the exception lists them.</exception>
    public Task<IReadOnlyList<Job>> EnqueueManyAsync(
        IEnumerable<JobCall> calls, JobOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        if (options?.Id is not null)
            throw new ArgumentException("One id cannot name many jobs. Leave JobOptions.Id out.", nameof(options));
        return _enqueuer.EnqueueManyAsync([.. calls.Select(call => new JobRequest(call, options))], cancellationToken);
    }

    /// <summary>
    /// Puts a job that exists on this queue, wherever it is: deferred (its dependencies are waited for no longer), scheduled,
    /// rate limited, ended, canceled, or on another queue, which it then leaves for good. RQ's <c>enqueue_job</c>.
    /// </summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="atFront">Whether it goes to the head.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="ArgumentException">It was made by <see cref="Job.Create"/> and is on no server.</exception>
    /// <exception cref="JobNotFoundException">There is no such job.</exception>
    /// <exception cref="JobIsRunningException">It runs now.</exception>
    public async Task EnqueueAsync(Job job, bool atFront = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!job.IsStored)
            throw new ArgumentException($"Job '{job.Id}' was made by Job.Create and is on no server, so it cannot be put on a queue. Enqueue its call.", nameof(job));
        if (!job.Connection.SharesNamespaceWith(Connection))
            throw new ArgumentException($"Job '{job.Id}' is in another namespace ({job.Connection.NamespaceText}) than queue '{Name}' ({Connection.NamespaceText}). Enqueue its call there instead.", nameof(job));
        Redis.Transitions.Requeue.Answer answer = (await Redis.Transitions.Requeue
            .ExecuteAsync(Connection, [job.Id], job.Origin, Name, atFront, Redis.Transitions.Requeue.From.Anywhere, cancellationToken).ConfigureAwait(false))[0];
        if (answer.Status is not null)
            throw new JobIsRunningException(job.Id);
        if (!answer.IsDone)
            throw new JobNotFoundException(job.Id);
        await job.RefreshAsync(cancellationToken).ConfigureAwait(false);
    }
}
