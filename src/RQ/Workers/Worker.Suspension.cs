using RQ.Redis;
using StackExchange.Redis;

namespace RQ;

public sealed partial class Worker
{
    /// <summary>
    /// Lets all workers of this Redis database, Python's too, take no more jobs; what runs goes on. To stop one queue only, see
    /// <see cref="Queue.PauseAsync"/>.
    /// </summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="duration">After what time they go on by themselves, in whole seconds, rounded up; default: not before <see cref="ResumeAllAsync"/>.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="duration"/> is not above zero.</exception>
    public static Task SuspendAllAsync(RqConnection connection, TimeSpan? duration = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (duration is { } time)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero, nameof(duration));
        // One command: a key without its expiry would stop the site for ever.
        Expiration expiry = duration is { } limit ? new Expiration(TimeSpan.FromSeconds(RqTime.Seconds(limit))) : default;
        return connection.Primary.StringSetAsync(connection.Keys.Suspended, "1", expiry).WaitAsync(cancellationToken);
    }

    /// <summary>Ends a suspension. Workers go on within a second.</summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    public static Task ResumeAllAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.Primary.KeyDeleteAsync(connection.Keys.Suspended).WaitAsync(cancellationToken);
    }

    /// <summary>Whether all workers are told to take no jobs.</summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<bool> AreSuspendedAsync(RqConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.Primary.KeyExistsAsync(connection.Keys.Suspended).WaitAsync(cancellationToken);
    }
}
