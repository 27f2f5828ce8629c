using System.Linq.Expressions;
using RQ.Jobs;
using RQ.Queues;
using RQ.Redis.Transitions;

namespace RQ;

/// <summary>
/// Jobs for several queues that are enqueued in one step: all or none, in one round trip. What RQ's <c>pipeline</c> argument is for.
/// A queue with a maximum length that is full refuses the batch at once. Not safe for concurrent use.
/// </summary>
public sealed class JobBatch
{
    /// <summary>How many jobs one batch takes, their callbacks that are jobs (<see cref="Callback.AsJob"/>) included: they are enqueued in one script call, which must not hold up the server.</summary>
    public const int MaxJobs = 500;

    private readonly RqConnection _connection;
    private readonly List<NewJob> _jobs = [];
    private int _itemCount;
    private bool _isSent;

    /// <summary>Begins a batch.</summary>
    /// <param name="connection">Where the queues are. All must be on this connection.</param>
    public JobBatch(RqConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
    }

    /// <summary>How many jobs it holds.</summary>
    public int Count => _jobs.Count;

    /// <summary>Adds a job. Nothing is written before <see cref="EnqueueAsync"/>.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="call">What to run.</param>
    /// <param name="options">How; <c>null</c> means the defaults.</param>
    /// <returns>The job by its id, so that later jobs of the batch can depend on it.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored; or the queue is on another connection, or its options ask for what a batch cannot do: running in the caller, enqueue filters, waiting for a commit.</exception>
    /// <exception cref="InvalidOperationException">The batch was enqueued, or is full.</exception>
    public JobReference Add(Queue queue, JobCall call, JobOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(call);
        if (_isSent)
            throw new InvalidOperationException("The batch was sent. EnqueueAsync may be called again if that failed; for other jobs begin a new batch.");
        if (queue.Connection != _connection)
            throw new ArgumentException($"Queue '{queue}' is on another connection than the batch, so the jobs could not be enqueued in one step.", nameof(queue));
        if (queue.WhyNotInBatch is { } reason)
            throw new ArgumentException($"Queue '{queue}' {reason}, which a batch of jobs for several queues cannot do. Enqueue its jobs by themselves.", nameof(queue));
        NewJob job = NewJob.Create(queue, call, options);
        int count = 1 + job.Callbacks.Count;
        if (_itemCount + count > MaxJobs)
            throw new InvalidOperationException($"A batch takes at most {MaxJobs} jobs, because they are enqueued in one step. Use Queue.EnqueueManyAsync for more.");
        _itemCount += count;
        _jobs.Add(job);
        return new JobReference(job.Item.Id) { Connection = _connection };
    }

    /// <inheritdoc cref="Add(Queue, JobCall, JobOptions?)"/>
    public JobReference Add(Queue queue, Expression<Action> call, JobOptions? options = null) => Add(queue, JobCall.FromExpression(call), options);

    /// <inheritdoc cref="Add(Queue, JobCall, JobOptions?)"/>
    public JobReference Add(Queue queue, Expression<Func<Task>> call, JobOptions? options = null) => Add(queue, JobCall.FromExpression(call), options);

    /// <inheritdoc cref="Add(Queue, JobCall, JobOptions?)"/>
    /// <typeparam name="TTarget">The type whose method is called; the worker makes the object.</typeparam>
    public JobReference Add<TTarget>(Queue queue, Expression<Action<TTarget>> call, JobOptions? options = null) => Add(queue, JobCall.FromExpression(call), options);

    /// <inheritdoc cref="Add{TTarget}(Queue, Expression{Action{TTarget}}, JobOptions?)"/>
    public JobReference Add<TTarget>(Queue queue, Expression<Func<TTarget, Task>> call, JobOptions? options = null) => Add(queue, JobCall.FromExpression(call), options);

    /// <summary>
    /// Enqueues all of them. If the answer was lost the call may be made again: what is there, or has been run and is still kept, is not enqueued twice. (A job whose result is not kept at
    /// all may be.)
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting for the answer; the jobs may be on the queues all the same.</param>
    /// <returns>The jobs, in order.</returns>
    /// <exception cref="ArgumentException">Two have the same id.</exception>
    /// <exception cref="EnqueueNotConfirmedException">All are enqueued, and not confirmed as the connection's options ask.</exception>
    /// <exception cref="RqException">One of them could not be enqueued, see <see cref="Queue.EnqueueAsync(JobCall, JobOptions?, CancellationToken)"/>; so none was.</exception>
    public async Task<IReadOnlyList<Job>> EnqueueAsync(CancellationToken cancellationToken = default)
    {
        if (_jobs.Count == 0)
            return [];
        cancellationToken.ThrowIfCancellationRequested();
        int[] order = DependencyOrder.Of(_jobs);
        _isSent = true;
        _connection.Gatherer.Flush();
        Enqueue.Item[] items = NewJob.ItemsOf([.. order.Select(index => _jobs[index])]);
        Enqueue.Stored stored = await Enqueue.StoreAsync(_connection, items).WaitAsync(cancellationToken).ConfigureAwait(false);
        _connection.ThrowIfMissing(stored.Missing, items.Select(item => item.Id));
        var jobs = new Job[_jobs.Count];
        int at = 0;
        foreach (int index in order)
        {
            jobs[index] = _jobs[index].ToJob(_connection, stored.Statuses[at]);
            at += 1 + _jobs[index].Callbacks.Count;
        }

        return jobs;
    }
}
