namespace RQ;

/// <summary>Whether a job is refused because another one has its <see cref="JobOptions.Id"/>.</summary>
public enum UniqueJob
{
    /// <summary>It is not: it replaces one that waits, and starts anew one that has ended. Only one that runs is in its way.</summary>
    No,

    /// <summary>
    /// Refused while the other one is stored in whatever state, also while its result is kept. RQ's <c>unique=True</c>. The id is
    /// free again when the job is deleted or its TTL is over.
    /// </summary>
    WhileStored,

    /// <summary>
    /// Refused while the other one waits or runs: queued, deferred, scheduled, rate limited or started. The id is free again as
    /// soon as it has finished, failed, was stopped, canceled or deleted.
    /// </summary>
    WhileActive,
}
