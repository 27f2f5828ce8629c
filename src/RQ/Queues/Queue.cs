using RQ.Jobs;
using RQ.Queues;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ;

/// <summary>
/// A named list of jobs that wait to be run, shared with every Python and .NET process that uses the same Redis. Making one
/// costs nothing and writes nothing: the queue comes into being with its first job. Safe for concurrent use.
/// </summary>
public sealed partial class Queue : IEquatable<Queue>
{
    /// <summary>RQ's name for the queue of those who name none.</summary>
    public const string DefaultName = "default";

    private readonly TimeSpan _defaultTimeout;

    /// <summary>Names a queue.</summary>
    /// <param name="name">Any text but the empty one. <c>"default"</c> is RQ's default.</param>
    /// <param name="connection">Where it is.</param>
    /// <param name="options">What holds for its jobs; <c>null</c> means the defaults.</param>
    /// <exception cref="ArgumentException">The name is empty, or an option cannot be.</exception>
    public Queue(string name, RqConnection connection, QueueOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(connection);
        Name = name;
        Connection = connection;
        _defaultTimeout = options?.DefaultTimeout ?? TimeSpan.FromSeconds(180);
        JobOptionsCheck.Timeout(_defaultTimeout, nameof(QueueOptions.DefaultTimeout));
        Serializer = options?.Serializer ?? connection.Serializer;
        connection.Serializers.Add(Serializer);
    }

    /// <summary>The queue's name.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public RqConnection Connection { get; }

    /// <summary>How its calls and metadata are written.</summary>
    public JobSerializer Serializer { get; }

    /// <summary>
    /// Puts a call on the queue, in one round trip, atomically: after an exception either all of it is there or nothing.
    /// </summary>
    /// <param name="call">What to run.</param>
    /// <param name="options">How; <c>null</c> means the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer; the job may be on the queue all the same.</param>
    /// <returns>The job, queued or deferred.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored; nothing was written.</exception>
    /// <exception cref="JobIsRunningException">A job under the same <see cref="JobOptions.Id"/> runs now.</exception>
    public async Task<Job> EnqueueAsync(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default) =>
        new(Connection, await StoreAsync(call, options, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Puts many calls on the queue, 500 in each round trip (fewer when they are large); those of one trip are all there or none.
    /// </summary>
    /// <param name="calls">What to run, in order.</param>
    /// <param name="options">How, for all of them. It may name no <see cref="JobOptions.Id"/>.</param>
    /// <param name="cancellationToken">Stops between two round trips.</param>
    /// <returns>The jobs, in order.</returns>
    /// <exception cref="ArgumentException">An option or argument cannot be stored, or an id is given; nothing of that trip was written.</exception>
    public async Task<IReadOnlyList<Job>> EnqueueManyAsync(
        IEnumerable<JobCall> calls, JobOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(calls);
        if (options?.Id is not null)
            throw new ArgumentException("One id cannot name many jobs. Leave JobOptions.Id out.", nameof(options));
        var jobs = new List<Job>();
        IEnumerable<NewJob> all = calls.Select(call => NewJob.Create(this, call, options, _defaultTimeout));
        foreach (List<NewJob> bite in Bites.Cut(all, 500, job => job.Size))
        {
            cancellationToken.ThrowIfCancellationRequested();
            JobStatus[] statuses = await Enqueue.ExecuteAsync(Connection, Name, bite.ConvertAll(job => job.Item)).ConfigureAwait(false);
            for (int i = 0; i < bite.Count; i++)
                jobs.Add(new Job(Connection, bite[i].ToHash(statuses[i])));
        }

        return jobs;
    }

    /// <summary>How many jobs wait on the queue.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        Connection.Database.ListLengthAsync(Connection.Keys.Queue(Name)).WaitAsync(cancellationToken);

    /// <summary>The ids of the jobs that wait on the queue, the next one first.</summary>
    /// <param name="offset">How many to skip.</param>
    /// <param name="count">How many to return at most; −1 for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<string>> GetJobIdsAsync(int offset = 0, int count = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count == 0)
            return [];
        var ids = await Connection.Database
            .ListRangeAsync(Connection.Keys.Queue(Name), offset, count < 0 ? -1 : (long)offset + count - 1)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(ids, id => (string)id!);
    }

    /// <summary>All queues that ever had a job, ordered by name.</summary>
    /// <param name="connection">Where to look.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<IReadOnlyList<Queue>> AllAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var keys = await connection.Database.SetMembersAsync(connection.Keys.Queues).WaitAsync(cancellationToken).ConfigureAwait(false);
        string prefix = connection.Keys.QueuePrefix;
        return [.. keys.Select(key => (string)key!)
            .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length)
            .Order(StringComparer.Ordinal)
            .Select(key => new Queue(key[prefix.Length..], connection))];
    }

    /// <summary>Whether both name the same queue.</summary>
    /// <param name="other">The other queue.</param>
    public bool Equals(Queue? other) => other is not null && other.Name == Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Queue);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The queue's name.</summary>
    public override string ToString() => Name;

    private async Task<JobHash> StoreAsync(JobCall call, JobOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        cancellationToken.ThrowIfCancellationRequested();
        NewJob job = NewJob.Create(this, call, options, _defaultTimeout);
        JobStatus[] status = await Enqueue.ExecuteAsync(Connection, Name, [job.Item]).WaitAsync(cancellationToken).ConfigureAwait(false);
        return job.ToHash(status[0]);
    }
}
