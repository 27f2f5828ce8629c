using System.Collections.ObjectModel;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.Results;
using RQ.Serialization;

namespace RQ;

/// <summary>
/// A persisted call: what to run, with which arguments and options, and what became of it. The properties show the job as it
/// was when it was last read; <see cref="RefreshAsync"/> reads it again. Two jobs with the same id are equal.
/// </summary>
public partial class Job : IEquatable<Job>
{
    private readonly RqConnection? _connection;
    private JobHash _hash;
    private CallData? _call;
    private JobStatus? _status;

    /// <param name="connection">The connection; <c>null</c> for a job that is on no server.</param>
    /// <param name="hash">Its hash, which is not looked at yet.</param>
    /// <param name="status">The status in it; <c>null</c> has it read when somebody asks.</param>
    internal Job(RqConnection? connection, JobHash hash, JobStatus? status = null)
    {
        _connection = connection;
        _hash = hash;
        _status = status;
    }

    private protected Job(Job other)
        : this(other._connection, other._hash, other.Status)
    {
    }

    /// <summary>The connection that the job was read over.</summary>
    /// <exception cref="InvalidOperationException">It was made by <see cref="Create"/> and is on no server.</exception>
    public RqConnection Connection => _connection
        ?? throw new InvalidOperationException($"Job '{Id}' was made by Job.Create and is on no server. Enqueue a call to get one that is.");

    /// <summary>Whether it came from a server.</summary>
    internal bool IsStored => _connection is not null;

    /// <summary>The id, unique within the connection's key prefix.</summary>
    public string Id => _hash.Id;

    /// <summary>The name of the queue it belongs to.</summary>
    public string Origin => _hash.Origin;

    /// <summary>Where it was when it was last read.</summary>
    public JobStatus Status
    {
        get => _status ??= JobStatusText.Parse(_hash.Status);
        private set => _status = value;
    }

    /// <summary>The text that people see.</summary>
    public string Description => _hash.Description;

    /// <summary>When it was made; <c>null</c> when unknown.</summary>
    public DateTimeOffset? CreatedAt => _hash.Time(JobFields.CreatedAt);

    /// <summary>When it was last put on its queue; <c>null</c> when it never was.</summary>
    public DateTimeOffset? EnqueuedAt => _hash.Time(JobFields.EnqueuedAt);

    /// <summary>When its newest execution began; <c>null</c> before.</summary>
    public DateTimeOffset? StartedAt => _hash.Time(JobFields.StartedAt);

    /// <summary>When its newest execution ended; <c>null</c> before.</summary>
    public DateTimeOffset? EndedAt => _hash.Time(JobFields.EndedAt);

    /// <summary>When its worker last showed a sign of life; <c>null</c> before it ran.</summary>
    public DateTimeOffset? LastHeartbeat => _hash.Time(JobFields.LastHeartbeat);

    /// <summary>The worker of its newest execution; <c>null</c> before it ran.</summary>
    public string? WorkerName => _hash.Text(JobFields.WorkerName);

    /// <summary>How long a run may take; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan? Timeout => Span(_hash.Timeout);

    /// <summary>How long it is kept after success; <c>null</c> leaves it to the worker (500 s).</summary>
    public TimeSpan? ResultTtl => Span(_hash.ResultTtl);

    /// <summary>How long it is kept after failure; <c>null</c> means one year.</summary>
    public TimeSpan? FailureTtl => Span(_hash.FailureTtl);

    /// <summary>How many retries are left; <c>null</c> when it has none to begin with.</summary>
    public int? RetriesLeft => _hash.RetriesLeft;

    /// <summary>How long it may wait; <c>null</c> for ever.</summary>
    public TimeSpan? Ttl => Span(_hash.Ttl);

    /// <summary>The waits before the retries in seconds, as they are stored; empty when it has none.</summary>
    public IReadOnlyList<long> RetryIntervals => _hash.RetryIntervals;

    /// <summary>How often it was run again because it returned a <see cref="Retry"/>.</summary>
    public int NumberOfRetries => _hash.NumberOfRetries;

    /// <summary>The name of the group it belongs to; <c>null</c> for none.</summary>
    public string? Group => _hash.Text(JobFields.GroupId);

    /// <summary>The rate limit it counts for; <c>null</c> for none.</summary>
    public RateLimit? RateLimit => _hash.RateLimit;

    /// <summary>The requests to be sent when it has ended.</summary>
    public IReadOnlyList<Webhook> Webhooks => WebhookText.Read(_hash.Text(JobFields.Webhooks));

    /// <summary>The function called after success; <c>null</c> for none.</summary>
    public string? OnSuccess => _hash.SuccessCallback?.Function;

    /// <summary>The function called after each failed attempt; <c>null</c> for none.</summary>
    public string? OnFailure => _hash.FailureCallback?.Function;

    /// <summary>The function called when it was stopped; <c>null</c> for none.</summary>
    public string? OnStopped => _hash.StoppedCallback?.Function;

    /// <summary>Tells this life of the job from others under the same id; <c>null</c> when the id is fresh, or Python's.</summary>
    internal string? EnqueueToken => _hash.Text(JobFields.EnqueueToken);

    /// <summary>Whether jobs that it waits for may also have failed.</summary>
    public bool AllowsDependencyFailures => _hash.Text(JobFields.AllowDependencyFailures) == "1";

    /// <summary>The name of the cron schedule that enqueued it; <c>null</c> when none did.</summary>
    public string? CronName => _hash.Text(JobFields.CronName);

    /// <summary>The time of the cron schedule that it is for, without jitter and however late it runs; <c>null</c> when it was enqueued by hand.</summary>
    public DateTimeOffset? CronTime => _hash.Time(JobFields.CronDue);

    /// <summary>The ids of the jobs it waited or waits for, in the order given.</summary>
    public IReadOnlyList<string> DependencyIds => _hash.DependencyIds;

    /// <summary>The name of the function.</summary>
    /// <exception cref="RqException">The stored call cannot be read.</exception>
    public string Function => Call.Function;

    /// <summary>The arguments by position, as plain data.</summary>
    /// <exception cref="RqException">The stored call cannot be read.</exception>
    public IReadOnlyList<object?> Arguments => Call.Arguments;

    /// <summary>The arguments by name, as plain data.</summary>
    /// <exception cref="RqException">The stored call cannot be read.</exception>
    public IReadOnlyDictionary<string, object?> KeywordArguments => Call.KeywordArguments;

    /// <summary>The values stored with the job, as plain data; empty when there are none.</summary>
    /// <exception cref="RqException">They cannot be read.</exception>
    public IReadOnlyDictionary<string, object?> Meta => ReadMeta(_connection, _hash);

    /// <summary>How often it was retried, or put back after its worker died.</summary>
    internal int Attempts => Math.Max(_hash.Count(JobFields.Attempts) ?? 0, 0);

    private CallData Call => _call ??= CallData.Read(_hash, _connection);

    /// <summary>Reads a job.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="connection">Where it is.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">There is none.</exception>
    public static async Task<Job> FetchAsync(string id, RqConnection connection, CancellationToken cancellationToken = default) =>
        new(connection, await ReadAsync(id, connection, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads many jobs, 500 in each round trip.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="connection">Where they are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>One entry per id, in order; <c>null</c> for a job that is not there.</returns>
    public static async Task<IReadOnlyList<Job?>> FetchManyAsync(IEnumerable<string> ids, RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(connection);
        var jobs = new List<Job?>();
        foreach (string[] bite in ids.Chunk(500))
        {
            JobHash[] hashes = await ReadJobs.ExecuteAsync(connection, bite).WaitAsync(cancellationToken).ConfigureAwait(false);
            jobs.AddRange(hashes.Select(hash => hash.Exists ? new Job(connection, hash) : null));
        }

        return jobs;
    }

    /// <summary>Whether there is a job of that id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="connection">Where to look.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<bool> ExistsAsync(string id, RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(connection);
        return connection.Primary.KeyExistsAsync(connection.Keys.Job(id)).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// A job that is on no server and in no queue: for tests whose <see cref="IQueue"/> must return one. It shows what its call and
    /// options say; whatever needs a server throws <see cref="InvalidOperationException"/>.
    /// </summary>
    /// <param name="call">What it would run.</param>
    /// <param name="options">How.</param>
    /// <param name="origin">The name of the queue.</param>
    /// <exception cref="ArgumentException">An option or argument cannot be stored.</exception>
    public static Job Create(JobCall call, JobOptions? options = null, string origin = Queue.DefaultName) => new(null, UnsavedHash(call, options, origin));

    private protected static JobHash UnsavedHash(JobCall call, JobOptions? options, string origin)
    {
        ArgumentNullException.ThrowIfNull(call);
        return Queues.NewJob.Create(Queues.JobHome.Unattached(origin), call, options).ToHash(JobStatus.Created);
    }

    /// <summary>Reads the job again, so that the properties show it as it is now.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">It is no longer there.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken = default)
    {
        _hash = await ReadAsync(Id, Connection, cancellationToken).ConfigureAwait(false);
        _call = null;
        Status = JobStatusText.Parse(_hash.Status);
    }

    /// <summary>Where the job is now. Also brings the properties up to date.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">It is no longer there.</exception>
    public async Task<JobStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return Status;
    }

    /// <summary>The newest result; <c>null</c> when no execution has ended yet.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">The job is no longer there.</exception>
    public async Task<JobResult?> GetLatestResultAsync(CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return await ReadLatestResultAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The newest result of the job as it was last read.</summary>
    internal Task<JobResult?> ReadLatestResultAsync() => ResultStore.LatestAsync(Connection, _hash);

    /// <summary>The results of the last executions (RQ keeps about ten), newest first.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="JobNotFoundException">The job is no longer there.</exception>
    public async Task<IReadOnlyList<JobResult>> GetResultsAsync(CancellationToken cancellationToken = default)
    {
        await RefreshAsync(cancellationToken).ConfigureAwait(false);
        return await ResultStore.AllAsync(Connection, _hash).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until the job has ended, whoever runs it, and gives its result. Each wait has a connection of its own to the server; who waits for thousands at a time looks at them together now and
    /// then (<see cref="FetchManyAsync(IEnumerable{string}, RqConnection, CancellationToken)"/>).
    /// </summary>
    /// <param name="timeout">How long to wait at most; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Gives up waiting; the job goes on.</param>
    /// <exception cref="JobFailedException">It failed, was stopped or was canceled.</exception>
    /// <exception cref="JobNotFoundException">It is no longer there: it ended with a result TTL of 0, was deleted, or expired.</exception>
    /// <exception cref="TimeoutException">It did not end in time. It goes on.</exception>
    public async Task<JobResult> WaitForResultAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        await ResultWaiter.WaitAsync(this, timeout, cancellationToken).ConfigureAwait(false);

    /// <summary>Whether both are the job of the same id.</summary>
    /// <param name="other">The other job.</param>
    public bool Equals(Job? other) => other is not null && other.Id == Id;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Job);

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);

    /// <summary>RQ's form: <c>&lt;Job id: description&gt;</c>.</summary>
    public override string ToString() => $"<Job {Id}: {Description}>";

    internal static IReadOnlyDictionary<string, object?> ReadMeta(RqConnection? connection, JobHash hash, PayloadKind kind = PayloadKind.Meta)
    {
        if (hash[JobFields.Meta] is not { IsNullOrEmpty: false } meta)
            return ReadOnlyDictionary<string, object?>.Empty;
        byte[] bytes = (byte[])meta!;
        object? data = connection is null ? JobSerializer.Of(bytes).Read(bytes) : connection.Serializers.Read(hash, bytes, kind);
        // Python may have stored its None.
        return (IReadOnlyDictionary<string, object?>?)DataBinder.Bind(data, typeof(Dictionary<string, object?>)) ?? ReadOnlyDictionary<string, object?>.Empty;
    }

    private static async Task<JobHash> ReadAsync(string id, RqConnection connection, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(connection);
        JobHash hash = await ReadJobs.ExecuteAsync(connection, id).WaitAsync(cancellationToken).ConfigureAwait(false);
        return hash.Exists ? hash : throw new JobNotFoundException(id);
    }

    private static TimeSpan? Span(long? seconds) => seconds is { } known ? Redis.RqTime.FromSeconds(known) : null;
}

/// <summary>A job whose return value has a known type.</summary>
/// <typeparam name="T">The type of the return value.</typeparam>
#pragma warning disable CA1000 // Job<int>.FetchAsync(id, …) is where its users look for it.
public sealed class Job<T> : Job
{
    internal Job(RqConnection? connection, JobHash hash)
        : base(connection, hash)
    {
    }

    internal Job(Job job)
        : base(job)
    {
    }

    /// <inheritdoc cref="Job.FetchAsync"/>
    public static new async Task<Job<T>> FetchAsync(string id, RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(connection);
        JobHash hash = await ReadJobs.ExecuteAsync(connection, id).WaitAsync(cancellationToken).ConfigureAwait(false);
        return hash.Exists ? new Job<T>(connection, hash) : throw new JobNotFoundException(id);
    }

    /// <inheritdoc cref="Job.Create"/>
    public static new Job<T> Create(JobCall call, JobOptions? options = null, string origin = Queue.DefaultName) => new(null, UnsavedHash(call, options, origin));

    /// <inheritdoc cref="Job.GetLatestResultAsync"/>
    public new async Task<JobResult<T>?> GetLatestResultAsync(CancellationToken cancellationToken = default) =>
        await base.GetLatestResultAsync(cancellationToken).ConfigureAwait(false) is { } result ? new JobResult<T>(result) : null;

    /// <summary>Waits until the job has ended, whoever runs it, and gives what the function returned.</summary>
    /// <inheritdoc cref="Job.WaitForResultAsync"/>
    /// <exception cref="RqException">The stored value does not fit <typeparamref name="T"/>.</exception>
    public new async Task<T> WaitForResultAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        JobResult result = await base.WaitForResultAsync(timeout, cancellationToken).ConfigureAwait(false);
        return new JobResult<T>(result).Value!;
    }
}
