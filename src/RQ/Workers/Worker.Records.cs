using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ;

public sealed partial class Worker
{
    /// <summary>
    /// All workers of this Redis database, Python's too, ordered by name; a thousand in one round trip. One that was killed is among
    /// them until its record expires or others have found it dead. Unlike in RQ reading drops nothing from Redis.
    /// </summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<IReadOnlyList<WorkerInfo>> AllAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return ReadWorkers.AllAsync(connection, connection.Keys.Workers, cancellationToken).WaitAsync(cancellationToken);
    }

    /// <summary>The workers that serve a queue, as <see cref="AllAsync(RqConnection, CancellationToken)"/>.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<IReadOnlyList<WorkerInfo>> AllAsync(Queue queue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return ReadWorkers.AllAsync(queue.Connection, queue.Connection.Keys.WorkersOf(queue.Name), cancellationToken).WaitAsync(cancellationToken);
    }

    /// <summary>How many workers are registered, in one cheap command; also counts those that were killed and not found dead yet.</summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<long> CountAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.Primary.SetLengthAsync(connection.Keys.Workers).WaitAsync(cancellationToken);
    }

    /// <summary>How many workers are registered for a queue, as <see cref="CountAsync(RqConnection, CancellationToken)"/>.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<long> CountAsync(Queue queue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queue.Connection.Primary.SetLengthAsync(queue.Connection.Keys.WorkersOf(queue.Name)).WaitAsync(cancellationToken);
    }

    /// <summary>One worker; also one that left less than a minute ago (<see cref="WorkerInfo.Death"/>). RQ's <c>find_by_key</c>.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns><c>null</c> when there is none, or when only half a record is left of it.</returns>
    public static Task<WorkerInfo?> FindAsync(RqConnection connection, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return ReadWorkers.OneAsync(connection, name).WaitAsync(cancellationToken);
    }
}
