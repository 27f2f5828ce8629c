using RQ.Workers;

namespace RQ;

public sealed partial class Worker
{
    /// <summary>
    /// Tells a worker, Python's or ours, to stop: it takes no more jobs, waits for those that run, and leaves. The message is sent
    /// once, as in RQ: a worker that is not connected at this moment never gets it.
    /// </summary>
    /// <param name="connection">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether a worker of that name listened.</returns>
    public static Task<bool> SendShutdownAsync(RqConnection connection, string name, CancellationToken cancellationToken = default) =>
        SendAsync(connection, name, WorkerCommands.Shutdown, cancellationToken);

    /// <summary>
    /// Tells a worker to kill the processes that run its jobs; the jobs fail, and are retried if they have retries left. Jobs that run
    /// inside the worker's own process (<see cref="Isolation.None"/>) go on: use <see cref="Job.StopAsync"/> for them. Sent once, as in RQ.
    /// </summary>
    /// <inheritdoc cref="SendShutdownAsync"/>
    public static Task<bool> SendKillHorseAsync(RqConnection connection, string name, CancellationToken cancellationToken = default) =>
        SendAsync(connection, name, WorkerCommands.KillHorse, cancellationToken);

    private static Task<bool> SendAsync(RqConnection connection, string name, string command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return WorkerCommands.SendAsync(connection, name, command).WaitAsync(cancellationToken);
    }
}
