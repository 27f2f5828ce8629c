namespace RQ.Scheduling;

/// <summary>The fields of the hash <c>rq:cron-schedule:{name}</c>. What was asked for comes first, then how it stands.</summary>
internal static class CronFields
{
    public const string Cron = "cron";

    /// <summary>Seconds.</summary>
    public const string Interval = "interval";

    public const string TimeZone = "time_zone";

    /// <summary>Timestamp.</summary>
    public const string StartsAt = "starts_at";

    /// <summary>Timestamp.</summary>
    public const string EndsAt = "ends_at";

    /// <summary>Seconds.</summary>
    public const string Jitter = "jitter";

    public const string Queue = "queue";

    /// <summary><c>allow</c>, <c>skip</c>, <c>queue_one</c> or <c>cancel_previous</c>.</summary>
    public const string Overlap = "overlap";

    /// <summary>See <see cref="RQ.MissedRuns.ToString"/>.</summary>
    public const string MissedRuns = "missed_runs";

    /// <summary>Seconds.</summary>
    public const string MisfireThreshold = "misfire_threshold";

    /// <summary>The table that it belongs to.</summary>
    public const string Source = "source";

    /// <summary>1 when its jobs go to the head of the queue.</summary>
    public const string AtFront = "at_front";

    /// <summary>1 when the jobs' description was given, and does not follow from the call.</summary>
    public const string IsDescribed = "is_described";

    /// <summary>Before a field of the jobs' hash.</summary>
    public const string JobPrefix = "job:";

    /// <summary>Timestamp.</summary>
    public const string CreatedAt = "created_at";

    /// <summary>Counted up by every change, so that whoever acts on what he has read can tell that it is still so.</summary>
    public const string Version = "version";

    public const string IsPaused = "is_paused";

    /// <summary>The next time, unix seconds; empty for none.</summary>
    public const string Next = "next";

    /// <summary>When that is due, its jitter included; unix time.</summary>
    public const string Due = "due";

    /// <summary>The last time that is over, run or left out; unix seconds.</summary>
    public const string Passed = "passed";

    /// <summary>The last time that was run; unix seconds.</summary>
    public const string Last = "last";

    /// <summary>Unix time.</summary>
    public const string LastEnqueuedAt = "last_enqueued_at";

    public const string LastJobId = "last_job_id";

    /// <summary>How that job ended; written by whatever ended it.</summary>
    public const string LastOutcome = "last_outcome";

    /// <summary>The token of the call that enqueued that job.</summary>
    public const string LastToken = "last_token";

    /// <summary>The token of the call that last changed the schedule by hand.</summary>
    public const string ChangeToken = "change_token";

    public const string Enqueued = "enqueued";

    public const string Skipped = "skipped";

    /// <summary>What its times follow from.</summary>
    public static readonly string[] Times = [Cron, Interval, TimeZone, StartsAt, EndsAt, Jitter];

    private static readonly HashSet<string> s_state =
        [CreatedAt, Version, IsPaused, Next, Due, Passed, Last, LastEnqueuedAt, LastJobId, LastOutcome, LastToken, ChangeToken, Enqueued, Skipped];

    /// <summary>Whether it is part of what was asked for.</summary>
    public static bool IsDefinition(string field) => !s_state.Contains(field);
}
