using RQ.Jobs;
using RQ.Queues;
using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ;

/// <summary>
/// A named list of jobs that wait to be run, shared with every Python and .NET process that uses the same Redis. Making one
/// costs nothing and writes nothing: the queue comes into being with its first job. Safe for concurrent use.
/// </summary>
public partial class Queue : IQueue, IEquatable<Queue>, IComparable<Queue>
{
    /// <summary>RQ's name for the queue of those who name none.</summary>
    public const string DefaultName = "default";

    private readonly QueueOptions _options;

    /// <summary>Names a queue.</summary>
    /// <param name="name">
    /// Any text but the empty one, taken letter by letter: names that only look alike are two queues. <c>"default"</c> is RQ's default.
    /// </param>
    /// <param name="connection">Where it is.</param>
    /// <param name="options">What holds for its jobs; <c>null</c> means the defaults. Later changes have no effect.</param>
    /// <exception cref="ArgumentException">
    /// The name is empty, holds half of a surrogate pair, or ends in <c>:intermediate</c>, where RQ keeps jobs of another queue; or an option cannot be.
    /// </exception>
    public Queue(string name, RqConnection connection, QueueOptions? options = null)
        : this(connection, StoredName.OfQueue(name), options)
    {
    }

    private Queue(RqConnection connection, string name, QueueOptions? options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Name = name;
        Connection = connection;
        _options = (options ?? new QueueOptions()).Freeze();
        JobOptionsCheck.Timeout(_options.DefaultTimeout, nameof(QueueOptions.DefaultTimeout));
        Serializer = _options.Serializer ?? connection.Serializer;
        connection.Serializers.Add(Serializer);
        Home = new JobHome(this, name, Serializer, DefaultTimeout, connection.TimeProvider, connection.MaxJobSize);
        _enqueuer = new Enqueuer(this, _options);
    }

    /// <summary>The queue's name.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public RqConnection Connection { get; }

    /// <summary>How its calls and metadata are written.</summary>
    public JobSerializer Serializer { get; }

    /// <summary>How long a run may take of a job that does not say so itself.</summary>
    public TimeSpan DefaultTimeout => _options.DefaultTimeout;

    /// <summary>Whether workers run its jobs; if not, their caller does.</summary>
    public bool IsAsync => _options.IsAsync;

    /// <summary>What its options ask for that a batch of several queues cannot do; <c>null</c> for nothing.</summary>
    internal string? WhyNotInBatch => !_options.IsAsync ? "runs its jobs in the caller (QueueOptions.IsAsync = false)"
        : _options.EnqueueFilters.Count > 0 ? "has enqueue filters (QueueOptions.EnqueueFilters)"
        : _options.EnqueueOnCommit ? "waits for the commit of a transaction (QueueOptions.EnqueueOnCommit)"
        : null;

    internal int? MaxLength => _options.MaxLength;

    internal JobHome Home { get; }

    internal JobShapes Shapes { get; } = new();

    private string Key => Connection.Keys.Queue(Name);

    /// <summary>How many jobs wait on the queue.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        Connection.Primary.ListLengthAsync(Key).WaitAsync(cancellationToken);

    /// <summary>Whether no job waits on the queue.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<bool> IsEmptyAsync(CancellationToken cancellationToken = default) =>
        await CountAsync(cancellationToken).ConfigureAwait(false) == 0;

    /// <summary>The ids of the jobs that wait on the queue, the next one first.</summary>
    /// <param name="offset">How many to skip.</param>
    /// <param name="count">How many to return at most; −1 for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<string>> GetJobIdsAsync(int offset = 0, int count = -1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count == 0)
            return [];
        var ids = await Connection.Primary
            .ListRangeAsync(Key, offset, count < 0 ? -1 : (long)offset + count - 1)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(ids, id => (string)id!);
    }

    /// <summary>
    /// The jobs that wait on the queue, the next one first. Ids whose job is gone are left out, so there may be fewer than asked for;
    /// unlike in RQ reading changes nothing, see <see cref="CompactAsync"/>.
    /// </summary>
    /// <param name="offset">How many to skip.</param>
    /// <param name="count">How many to return at most; −1 for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<Job>> GetJobsAsync(int offset = 0, int count = -1, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> ids = await GetJobIdsAsync(offset, count, cancellationToken).ConfigureAwait(false);
        return [.. (await Job.FetchManyAsync(ids, Connection, cancellationToken).ConfigureAwait(false)).OfType<Job>()];
    }

    /// <summary>A job of this queue, whatever its status; <c>null</c> when there is none, or it belongs to another queue.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<Job?> FetchJobAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        JobHash job = await ReadJobs.ExecuteAsync(Connection, id).WaitAsync(cancellationToken).ConfigureAwait(false);
        return job.Exists && job.Origin == Name ? new Job(Connection, job) : null;
    }

    /// <summary>How many jobs are before this one on the queue; <c>null</c> when it does not wait here.</summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<long?> GetPositionAsync(JobReference job, CancellationToken cancellationToken = default)
    {
        long position = await Connection.Primary.ListPositionAsync(Key, job.Id).WaitAsync(cancellationToken).ConfigureAwait(false);
        return position < 0 ? null : position;
    }

    /// <summary>All queues that ever had a job, ordered by name.</summary>
    /// <param name="connection">Where to look.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<IReadOnlyList<Queue>> AllAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var keys = await connection.Primary.SetMembersAsync(connection.Keys.Queues).WaitAsync(cancellationToken).ConfigureAwait(false);
        string prefix = connection.Keys.QueuePrefix;
        return [.. keys.Select(key => (string)key!)
            .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length)
            .Order(StringComparer.Ordinal)
            .Select(key => Stored(key[prefix.Length..], connection))];
    }

    /// <summary>One that is there, whatever it is called.</summary>
    internal static Queue Stored(string name, RqConnection connection) => new(connection, name, null);

    /// <summary>Whether both name the same queue.</summary>
    /// <param name="other">The other queue.</param>
    public bool Equals(Queue? other) => other is not null && other.Name == Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Queue);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>Queues are ordered by name.</summary>
    /// <param name="other">The other queue.</param>
    public int CompareTo(Queue? other) => other is null ? 1 : string.CompareOrdinal(Name, other.Name);

    /// <summary>The queue's name.</summary>
    public override string ToString() => Name;
}
