using Microsoft.Extensions.Logging;

namespace RQ.Workers;

/// <summary>What all parts of one worker share, fixed at its start.</summary>
/// <param name="Connection">Where its queues are.</param>
/// <param name="Name">Its name.</param>
/// <param name="Queues">Its queues, the first one first.</param>
/// <param name="Options">Frozen.</param>
/// <param name="Log">Where it tells what it does.</param>
internal sealed record WorkerSetup(RqConnection Connection, string Name, IReadOnlyList<string> Queues, WorkerOptions Options, ILogger Log)
{
    /// <summary>Tells this run from others that have, or have taken, the same name.</summary>
    public string Incarnation { get; } = Guid.NewGuid().ToString("N", System.Globalization.CultureInfo.InvariantCulture)[..16];

    public TimeProvider Time => Connection.TimeProvider;
}
