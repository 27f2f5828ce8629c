using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// The jobs of a queue that are in one state. Reading it changes nothing, unlike in RQ, where it also removes what has expired;
/// workers do that in their maintenance. Safe for concurrent use.
/// </summary>
public sealed partial class JobRegistry
{
    /// <summary>How many jobs one call reads, so that it holds the server for a few milliseconds.</summary>
    private const int Bite = 100;

    /// <summary>Names a registry. This writes nothing and asks nobody.</summary>
    /// <param name="kind">Which of the queue's registries.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="connection">Where it is.</param>
    /// <exception cref="ArgumentException">The queue's name is empty or holds half of a surrogate pair, or the kind is none.</exception>
    public JobRegistry(RegistryKind kind, string queue, RqConnection connection)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        StoredName.Check(queue, "queue");
        ArgumentNullException.ThrowIfNull(connection);
        Kind = kind;
        QueueName = queue;
        Connection = connection;
        Key = kind switch
        {
            RegistryKind.Started => connection.Keys.Started(queue),
            RegistryKind.Finished => connection.Keys.Finished(queue),
            RegistryKind.Failed => connection.Keys.Failed(queue),
            RegistryKind.Deferred => connection.Keys.Deferred(queue),
            RegistryKind.Scheduled => connection.Keys.Scheduled(queue),
            RegistryKind.Canceled => connection.Keys.Canceled(queue),
            RegistryKind.Ready => connection.Keys.Ready(queue),
            _ => throw new ArgumentException($"{kind} is no kind of registry.", nameof(kind)),
        };
    }

    /// <summary>Which of the queue's registries it is.</summary>
    public RegistryKind Kind { get; }

    /// <summary>The name of the queue whose jobs it lists.</summary>
    public string QueueName { get; }

    /// <summary>Where it is.</summary>
    public RqConnection Connection { get; }

    private string Key { get; }

    private PrimaryDatabase Database => Connection.Primary;

    /// <summary>The queue whose jobs it lists, with the defaults of <see cref="QueueOptions"/>.</summary>
    public Queue GetQueue() => Queue.Stored(QueueName, Connection);

    /// <summary>
    /// How many entries it has; of the started registry, how many executions. Entries whose job is gone already are counted
    /// until a worker's next maintenance.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        Database.SortedSetLengthAsync(Key).WaitAsync(cancellationToken);

    /// <summary>
    /// The ids of its jobs, by the time that <see cref="GetTimeAsync"/> gives. A job that is listed with two executions is named
    /// once in a page.
    /// </summary>
    /// <param name="offset">How many entries to skip.</param>
    /// <param name="count">How many entries to look at at most; −1 for all.</param>
    /// <param name="newestFirst">
    /// Whether the latest time comes first, as people page through them. <c>false</c> is RQ's order: in the scheduled registry the
    /// job that is due next comes first.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public async Task<IReadOnlyList<string>> GetJobIdsAsync(
        int offset = 0, int count = -1, bool newestFirst = true, CancellationToken cancellationToken = default) =>
        JobsOf(await MembersAsync(offset, count, newestFirst, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Its jobs, in the order of <see cref="GetJobIdsAsync"/>. Those that are gone already are left out, so a page may be shorter
    /// than asked for, or empty, before the end.
    /// </summary>
    /// <inheritdoc cref="GetJobIdsAsync"/>
    public async Task<IReadOnlyList<Job>> GetJobsAsync(
        int offset = 0, int count = -1, bool newestFirst = true, CancellationToken cancellationToken = default)
    {
        var jobs = new List<Job>();
        foreach (string[] ids in (await GetJobIdsAsync(offset, count, newestFirst, cancellationToken).ConfigureAwait(false)).Chunk(Bite))
        {
            JobHash[] hashes = await ReadJobs.ExecuteAsync(Connection, ids).WaitAsync(cancellationToken).ConfigureAwait(false);
            jobs.AddRange(hashes.Where(hash => hash.Exists).Select(hash => new Job(Connection, hash)));
        }

        return jobs;
    }

    /// <summary>Whether it lists a job.</summary>
    /// <param name="job">The job, also one of another queue: then it does not.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task<bool> ContainsAsync(Job job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        return ContainsAsync(job.Id, cancellationToken);
    }

    /// <summary>Whether it lists a job. The started registry is read whole for that.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<bool> ContainsAsync(string id, CancellationToken cancellationToken = default) =>
        await ScoreAsync(id, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>
    /// The time that goes with a job's entry: of a finished or failed job, when it is no longer kept
    /// (<see cref="DateTimeOffset.MaxValue"/> for ever); of a started one, when it counts as abandoned unless its worker shows
    /// signs of life; of a scheduled one, when it is due; of a deferred, canceled or ready one, when it was put here.
    /// RQ's <c>get_expiration_time</c> and <c>get_scheduled_time</c>.
    /// </summary>
    /// <param name="id">The job's id.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>
    /// In UTC, in whole seconds; of a scheduled job with the fraction that it was scheduled with. <c>null</c> when the registry does not list the job.
    /// </returns>
    public async Task<DateTimeOffset?> GetTimeAsync(string id, CancellationToken cancellationToken = default) =>
        await ScoreAsync(id, cancellationToken).ConfigureAwait(false) is { } score ? RqTime.FromScore(score) : null;

    /// <summary>
    /// The executions that run now, the one first that counts as abandoned first unless its worker shows signs of life.
    /// RQ's <c>get_job_and_execution_ids</c>.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="InvalidOperationException">This is not the started registry; no other one lists executions.</exception>
    public async Task<IReadOnlyList<JobExecutionId>> GetExecutionIdsAsync(CancellationToken cancellationToken = default)
    {
        if (Kind != RegistryKind.Started)
            throw new InvalidOperationException($"The {Kind} registry of '{QueueName}' lists jobs, not executions. Use RegistryKind.Started, or GetJobIdsAsync.");
        return Array.ConvertAll(await MembersAsync(0, -1, false, cancellationToken).ConfigureAwait(false), member => JobExecutionId.Parse((string)member!));
    }

    /// <summary>
    /// The ids of the jobs whose time (see <see cref="GetTimeAsync"/>) has come, the earliest first: what a clean-up at that moment would
    /// deal with, or what the scheduler would queue. RQ's <c>get_expired_job_ids</c> and <c>get_jobs_to_schedule</c>.
    /// </summary>
    /// <param name="at">The moment; that second counts, in the scheduled registry that moment.</param>
    /// <param name="count">How many at most; −1 for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<string>> GetExpiredJobIdsAsync(DateTimeOffset at, int count = -1, CancellationToken cancellationToken = default)
    {
        if (count == 0)
            return [];
        // Only scheduled jobs have times with fractions.
        double until = Kind == RegistryKind.Scheduled ? (at - DateTimeOffset.UnixEpoch).TotalSeconds : at.ToUnixTimeSeconds();
        return JobsOf(await Database.SortedSetRangeByScoreAsync(Key, 0, until, take: count).WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The queue and the kind.</summary>
    public override string ToString() => $"{QueueName} ({Kind})";

    private async Task<RedisValue[]> MembersAsync(int offset, int count, bool newestFirst, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count == 0)
            return [];
        return await Database
            .SortedSetRangeByRankAsync(Key, offset, count < 0 ? -1 : (long)offset + count - 1, newestFirst ? Order.Descending : Order.Ascending)
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private string[] JobsOf(RedisValue[] members) => Kind == RegistryKind.Started
        ? [.. members.Select(member => JobExecutionId.Parse((string)member!).JobId).Distinct()]
        : Array.ConvertAll(members, member => (string)member!);

    private async Task<double?> ScoreAsync(string id, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (Kind != RegistryKind.Started)
            return await Database.SortedSetScoreAsync(Key, id).WaitAsync(cancellationToken).ConfigureAwait(false);
        SortedSetEntry[] entries = await Database.SortedSetRangeByRankWithScoresAsync(Key, order: Order.Descending).WaitAsync(cancellationToken).ConfigureAwait(false);
        return Array.Find(entries, entry => JobExecutionId.Parse((string)entry.Element!).JobId == id) is { Element.IsNull: false } found ? found.Score : null;
    }
}
