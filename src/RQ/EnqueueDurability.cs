using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

/// <summary>
/// How safe a job must be before the call that enqueues it returns. Redis answers when the job is in the memory of the primary; a primary that dies in that moment takes
/// along what has not reached a replica or the disk yet. Holds for <c>EnqueueAsync</c>, <c>EnqueueManyAsync</c> and the like of queues, and for <see cref="JobBatch"/>.
/// </summary>
/// <remarks>
/// A call takes one exchange with the replicas longer. Calls at the same time share it. Too few replicas in time: <see cref="EnqueueNotConfirmedException"/>.
/// The fail-over must choose a replica that has the job: Sentinel and clusters choose one that is most up to date, which is one of these as long as one of them can be reached.
/// </remarks>
public sealed record EnqueueDurability
{
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    /// <summary>How many replicas must have the job, beside the primary. Not below 0; default 1.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>
    /// Whether it must also be on disk, there and on the primary. They need an append-only file (<c>appendonly yes</c>), and Redis 7.2 or Valkey. Default: no.
    /// </summary>
    public bool OnDisk { get; init; }

    /// <summary>
    /// How long to wait for them. From 1 ms to an hour; default 1 s. A call waits as long once more when it has to be sent again: the connection was lost, or the server has
    /// forgotten the script.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    private string Command => OnDisk ? "WAITAOF" : "WAIT";

    /// <exception cref="ArgumentException">A value cannot be.</exception>
    internal void Check()
    {
        if (Replicas < 0)
            throw new ArgumentException($"EnqueueDurability.Replicas must not be negative; it is {Replicas}.");
        if (Replicas == 0 && !OnDisk)
            throw new ArgumentException("EnqueueDurability asks for nothing: set Replicas above 0, or OnDisk. Leave RqConnectionOptions.Durability null for no wait.");
        if (Timeout < TimeSpan.FromMilliseconds(1) || Timeout > s_longest)
            throw new ArgumentException($"EnqueueDurability.Timeout must be from 1 ms to an hour; it is {Timeout}.");
    }

    /// <exception cref="RqException">The server cannot do that, or this user may not call it.</exception>
    internal async Task ProbeAsync(IDatabase database)
    {
        if (!await ServerCapabilities.HasAsync(database, Command).ConfigureAwait(false))
            throw new RqException($"The server lacks {Command}, so it cannot say how many have a job (RqConnectionOptions.Durability). {(OnDisk ? "That came with Redis 7.2; without OnDisk any Redis will do." : "A Redis server will do.")}");
        // For none, which is met at once.
        object[] none = OnDisk ? [0, 0, 0] : [0, 0];
        if (await ServerCapabilities.RefusalAsync(database, Command, none).ConfigureAwait(false) is not null)
            throw new RqException($"The server does not let this user call {Command}, which RqConnectionOptions.Durability needs: allow it by ACL SETUSER … +{Command.ToLowerInvariant()}.");
    }

    /// <summary>Adds the command to what a connection sends.</summary>
    internal void Write(RespConnection connection)
    {
        long limit = (long)Timeout.TotalMilliseconds;
        if (OnDisk)
            connection.Write(Command, 1, Replicas, limit);
        else
            connection.Write(Command, Replicas, limit);
    }

    /// <summary>Reads the answer to it.</summary>
    /// <returns><c>null</c>: confirmed. Else what is missing, for people.</returns>
    /// <exception cref="RedisServerException">The server cannot say.</exception>
    internal string? Missing(RedisResult answer)
    {
        RespConnection.ThrowIfError(answer);
        int local = OnDisk ? (int)answer[0] : 1;
        int replicas = (int)(OnDisk ? answer[1] : answer);
        if (local >= 1 && replicas >= Replicas)
            return null;
        string where = OnDisk ? "have it on disk" : "have it";
        return local < 1 ? $"it is not on the primary's disk, and {replicas} of {Replicas} replicas {where}" : $"{replicas} of {Replicas} replicas {where}";
    }
}
