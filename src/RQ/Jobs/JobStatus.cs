namespace RQ;

/// <summary>Where a job is. The texts in Redis are these names in lower case, joined with <c>_</c>.</summary>
public enum JobStatus
{
    /// <summary>Made, but never put on a queue.</summary>
    Created,

    /// <summary>On its queue, or about to be started by an idle worker that was handed it.</summary>
    Queued,

    /// <summary>Run by a worker.</summary>
    Started,

    /// <summary>Waiting for the jobs it depends on.</summary>
    Deferred,

    /// <summary>Waiting for its time.</summary>
    Scheduled,

    /// <summary>Ended well; its result is there.</summary>
    Finished,

    /// <summary>Ended by an exception, a time-out or a dead worker, with no retry left.</summary>
    Failed,

    /// <summary>Ended because somebody stopped it while it ran.</summary>
    Stopped,

    /// <summary>Taken back before it ran, or while it ran: then its outcome is dropped.</summary>
    Canceled,

    /// <summary>Waiting for a slot of its rate limit.</summary>
    RateLimited,

    /// <summary>Its dependencies are met and it is about to be queued (written by newer Python RQ).</summary>
    ReadyToEnqueue,
}

/// <summary>The texts of <see cref="JobStatus"/> in Redis.</summary>
internal static class JobStatusText
{
    public static string ToText(this JobStatus status) => status switch
    {
        JobStatus.Created => "created",
        JobStatus.Queued => "queued",
        JobStatus.Started => "started",
        JobStatus.Deferred => "deferred",
        JobStatus.Scheduled => "scheduled",
        JobStatus.Finished => "finished",
        JobStatus.Failed => "failed",
        JobStatus.Stopped => "stopped",
        JobStatus.Canceled => "canceled",
        JobStatus.RateLimited => "rate_limited",
        JobStatus.ReadyToEnqueue => "ready_to_enqueue",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>A job without a status was made by an old or foreign producer; it has never run.</summary>
    public static JobStatus Parse(string? text) => text switch
    {
        "queued" => JobStatus.Queued,
        "started" => JobStatus.Started,
        "deferred" => JobStatus.Deferred,
        "scheduled" => JobStatus.Scheduled,
        "finished" => JobStatus.Finished,
        "failed" => JobStatus.Failed,
        "stopped" => JobStatus.Stopped,
        "canceled" => JobStatus.Canceled,
        "rate_limited" => JobStatus.RateLimited,
        "ready_to_enqueue" => JobStatus.ReadyToEnqueue,
        _ => JobStatus.Created,
    };
}
