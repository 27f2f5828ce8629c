using System.Globalization;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// Jobs under a common name, wherever they are queued. A job enters by being enqueued with <see cref="JobOptions.Group"/>, or by
/// <see cref="EnqueueManyAsync"/>; the group vanishes with its last job.
/// </summary>
public sealed class Group : IEquatable<Group>
{
    /// <summary>Names a group; nothing is written.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="name">Its name; default 32 random hex digits, as in RQ.</param>
    public Group(RqConnection connection, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (name is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(name);
            Redis.StoredName.Check(name, "group");
        }

        Connection = connection;
        Name = name ?? Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
    }

    /// <summary>The group's name.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public RqConnection Connection { get; }

    /// <summary>A group that has jobs.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="connection">Where it is.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="GroupNotFoundException">It has none.</exception>
    public static async Task<Group> FetchAsync(string name, RqConnection connection, CancellationToken cancellationToken = default)
    {
        var group = new Group(connection, name);
        return await connection.Primary.SetContainsAsync(connection.Keys.Groups, name).WaitAsync(cancellationToken).ConfigureAwait(false)
            ? group
            : throw new GroupNotFoundException(name);
    }

    /// <summary>All groups, ordered by name.</summary>
    /// <param name="connection">Where to look.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<IReadOnlyList<Group>> AllAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        RedisValue[] names = await connection.Primary.SetMembersAsync(connection.Keys.Groups).WaitAsync(cancellationToken).ConfigureAwait(false);
        // Python allows a blank name, which is none here.
        return [.. names.Select(name => (string)name!).Where(name => !string.IsNullOrWhiteSpace(name)).Order(StringComparer.Ordinal).Select(name => new Group(connection, name))];
    }

    /// <summary>Enqueues jobs as members of the group. Those that depend on others of the same call wait for them and run once.</summary>
    /// <inheritdoc cref="Queue.EnqueueManyAsync(IEnumerable{JobRequest}, CancellationToken)"/>
    /// <param name="queue">The queue.</param>
    /// <param name="requests">What to run, and how.</param>
    /// <param name="cancellationToken">Stops between two round trips.</param>
    public Task<IReadOnlyList<Job>> EnqueueManyAsync(IQueue queue, IEnumerable<JobRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(requests);
        if (queue is Queue known && (known.Connection.Multiplexer != Connection.Multiplexer || !known.Connection.SharesNamespaceWith(Connection)))
            throw new ArgumentException($"Queue '{queue.Name}' is on another connection than group '{Name}', so its jobs would be in a group there.", nameof(queue));
        return queue.EnqueueManyAsync(
            requests.Select(request => request with { Options = (request.Options ?? new JobOptions()) with { Group = Name } }), cancellationToken);
    }

    /// <summary>The ids of its jobs, in no order; also of some that are gone and were not cleaned up yet.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<string>> GetJobIdsAsync(CancellationToken cancellationToken = default)
    {
        RedisValue[] ids = await Connection.Primary.SetMembersAsync(Connection.Keys.Group(Name)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(ids, id => (string)id!);
    }

    /// <summary>Its jobs, the oldest first. Unlike in RQ reading cleans nothing up.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task<IReadOnlyList<Job>> GetJobsAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> ids = await GetJobIdsAsync(cancellationToken).ConfigureAwait(false);
        return [.. (await Job.FetchManyAsync(ids, Connection, cancellationToken).ConfigureAwait(false)).OfType<Job>().OrderBy(job => job.CreatedAt)];
    }

    /// <summary>Takes a job out of the group. The job itself stays as it is; to delete it too, use <see cref="Job.DeleteAsync"/>, which does both. RQ's <c>delete_job</c>.</summary>
    /// <param name="job">The job or its id.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether it was a member.</returns>
    public async Task<bool> RemoveJobAsync(JobReference job, CancellationToken cancellationToken = default)
    {
        bool wasMember = await Connection.Primary.SetRemoveAsync(Connection.Keys.Group(Name), job.Id).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (wasMember)
            await CleanUpAsync(cancellationToken).ConfigureAwait(false);
        return wasMember;
    }

    /// <summary>Forgets jobs that are gone. Workers' maintenance does it too.</summary>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <returns>How many were forgotten.</returns>
    public Task<int> CleanUpAsync(CancellationToken cancellationToken = default) => Sweep.GroupAsync(Connection, Name, cancellationToken);

    /// <summary>Whether both name the same group.</summary>
    /// <param name="other">The other group.</param>
    public bool Equals(Group? other) => other is not null && other.Name == Name;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Group);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The group's name.</summary>
    public override string ToString() => Name;
}

/// <summary>A group has no jobs, or never had.</summary>
public sealed class GroupNotFoundException : RqException
{
    internal GroupNotFoundException(string name)
        : base($"Group '{name}' was not found: it never had a job, or all its jobs are gone.") =>
        Name = name;

    /// <summary>The group's name.</summary>
    public string Name { get; }
}
