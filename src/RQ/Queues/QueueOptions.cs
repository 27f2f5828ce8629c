namespace RQ;

/// <summary>What holds for the jobs of one queue unless their own options say otherwise.</summary>
public sealed class QueueOptions
{
    /// <summary>
    /// How long a run may take. At least 1 s; <see cref="Timeout.InfiniteTimeSpan"/> for no limit. Default 180 s, as in RQ.
    /// </summary>
    public TimeSpan DefaultTimeout { get; set; } = TimeSpan.FromSeconds(180);

    /// <summary>
    /// How calls and metadata are written; <c>null</c> takes the connection's. Default: <c>null</c>. Jobs in a format of your own
    /// are read over the same connection from then on; workers and readers elsewhere must know it too.
    /// </summary>
    public JobSerializer? Serializer { get; set; }
}
