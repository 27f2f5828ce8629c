namespace RQ;

/// <summary>
/// Moves jobs onto their queues when they are due, and runs the cron schedules. Any number may run: one at a time does it for each queue, and
/// another goes on within 5 s when that one dies.
/// </summary>
public sealed class Scheduler
{
    /// <summary>Makes a scheduler of some queues; it does nothing before <see cref="RunAsync"/>.</summary>
    /// <param name="queues">The queues whose scheduled jobs it moves; none for one that only runs cron schedules.</param>
    /// <param name="connection">Where they are.</param>
    /// <param name="options">How it works; <c>null</c> means the defaults.</param>
    public Scheduler(IEnumerable<string> queues, RqConnection connection, SchedulerOptions? options = null)
    {
        throw new NotImplementedException();
    }

    /// <summary>Makes a scheduler of all queues of its Redis database, also of those that come into being later.</summary>
    /// <param name="connection">Where they are.</param>
    /// <param name="options">How it works; <c>null</c> means the defaults.</param>
    public Scheduler(RqConnection connection, SchedulerOptions? options = null)
    {
        throw new NotImplementedException();
    }

    /// <summary>Its name, 32 random hex digits.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>Works until the token is signalled. It goes on by itself after the connection was lost.</summary>
    /// <param name="stoppingToken">Asks it to stop; others can go on at once.</param>
    public Task RunAsync(CancellationToken stoppingToken = default) => throw new NotImplementedException();

    /// <summary>A scheduler by its name, ours or Python's. RQ's <c>RQScheduler.fetch</c>.</summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns><c>null</c> when there is none.</returns>
    public static Task<SchedulerInfo?> FindAsync(RqConnection connection, string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
