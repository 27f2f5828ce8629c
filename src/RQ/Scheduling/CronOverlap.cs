namespace RQ;

/// <summary>What happens when a cron schedule is due while a job of it still waits or runs.</summary>
public enum CronOverlap
{
    /// <summary>One more job is enqueued.</summary>
    Allow,

    /// <summary>That time is left out.</summary>
    Skip,

    /// <summary>One job waits until those that run have ended; when one waits already, that time is left out.</summary>
    QueueOne,

    /// <summary>Jobs that wait are canceled and those that run are stopped; the new one runs when they have ended.</summary>
    CancelPrevious,
}
