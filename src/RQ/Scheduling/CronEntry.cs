namespace RQ;

/// <summary>A stored cron schedule and how it stands.</summary>
public sealed record CronEntry
{
    /// <summary>What was stored.</summary>
    public required CronSchedule Schedule { get; init; }

    /// <summary>Its name.</summary>
    public string Name => Schedule.Name;

    /// <summary>The table that it belongs to, see <see cref="CronSchedules.ReplaceAsync"/>; empty for one that was added by itself.</summary>
    public required string Source { get; init; }

    /// <summary>When the schedule was first stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether it rests until it is resumed.</summary>
    public required bool IsPaused { get; init; }

    /// <summary>When it is due next, its jitter included; <c>null</c> when it is paused or has ended.</summary>
    public required DateTimeOffset? NextTime { get; init; }

    /// <summary>The time that was last run; <c>null</c> for none yet.</summary>
    public required DateTimeOffset? LastTime { get; init; }

    /// <summary>When a job of it was last enqueued, also by hand.</summary>
    public required DateTimeOffset? LastEnqueuedAt { get; init; }

    /// <summary>The id of that job.</summary>
    public required string? LastJobId { get; init; }

    /// <summary>What has become of that job; <c>null</c> when that is not known any more.</summary>
    public required JobStatus? LastOutcome { get; init; }

    /// <summary>How many jobs of it were enqueued.</summary>
    public required long EnqueuedCount { get; init; }

    /// <summary>How many of its times were left out, because they were missed or would have overlapped. Of those that one outage took no more than 10,000 are counted.</summary>
    public required long SkippedCount { get; init; }
}
