namespace RQ.Scheduling;

/// <summary>What all duties of one scheduler share.</summary>
/// <param name="Connection">Where its queues are.</param>
/// <param name="Name">Its name, the value of the locks that it holds; unique to this run.</param>
/// <param name="Log">Where it tells what it does.</param>
internal sealed record SchedulerIdentity(RqConnection Connection, string Name, Microsoft.Extensions.Logging.ILogger Log)
{
    /// <summary>How long a right is held without being renewed: so long after a kill at most another scheduler goes on.</summary>
    public static readonly TimeSpan LockTime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often the scheduler's record is written, and the longest pause that a duty with nothing due asks for. Rights are renewed with each pass,
    /// so every <see cref="LongestSleep"/> at least.
    /// </summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1.5);

    /// <summary>The longest sleep: Python tells nobody of the jobs that it schedules.</summary>
    public static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);
}
