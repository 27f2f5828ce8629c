namespace RQ.Jobs;

/// <summary>The fields of the hash <c>rq:job:{id}</c>. RQ's, unless a comment says "ours": Python ignores and keeps those.</summary>
internal static class JobFields
{
    public const string CreatedAt = "created_at";
    public const string Data = "data";
    public const string Origin = "origin";
    public const string Status = "status";
    public const string Description = "description";
    public const string EnqueuedAt = "enqueued_at";
    public const string StartedAt = "started_at";
    public const string EndedAt = "ended_at";
    public const string LastHeartbeat = "last_heartbeat";
    public const string WorkerName = "worker_name";
    public const string GroupId = "group_id";
    public const string SuccessCallbackName = "success_callback_name";
    public const string FailureCallbackName = "failure_callback_name";
    public const string StoppedCallbackName = "stopped_callback_name";
    public const string Timeout = "timeout";
    public const string ResultTtl = "result_ttl";
    public const string FailureTtl = "failure_ttl";
    public const string Ttl = "ttl";
    public const string Meta = "meta";
    public const string DependencyIds = "dependency_ids";
    public const string DependencyId = "dependency_id";
    public const string AllowDependencyFailures = "allow_dependency_failures";
    public const string EnqueueAtFront = "enqueue_at_front";
    public const string RetriesLeft = "retries_left";
    public const string RetryIntervals = "retry_intervals";
    public const string EnqueueAtFrontOnRetry = "enqueue_at_front_on_retry";

    public const string NumberOfRetries = "number_of_retries";
    public const string RepeatsLeft = "repeats_left";
    public const string RepeatIntervals = "repeat_intervals";
    public const string SuccessCallbackTimeout = "success_callback_timeout";
    public const string FailureCallbackTimeout = "failure_callback_timeout";
    public const string StoppedCallbackTimeout = "stopped_callback_timeout";
    public const string Webhooks = "webhooks";
    public const string RateLimitKey = "rate_limit_key";
    public const string RateLimitConcurrency = "rate_limit_concurrency";

    /// <summary>RQ's before it had streams; ours on a server without them.</summary>
    public const string Result = "result";

    /// <inheritdoc cref="Result"/>
    public const string ExcInfo = "exc_info";

    /// <summary>Ours, on a server without streams: the newest execution when the results were deleted, <c>-</c> for none.</summary>
    public const string ResultsDeleted = "results_deleted";

    /// <summary>Ours: random, one per enqueue call that names its id, so that the call can be sent again.</summary>
    public const string EnqueueToken = "enqueue_token";

    /// <summary>Ours: what to do when the worker dies: <c>requeue</c> or <c>fail</c>. Absent on Python's jobs: retry if left, else fail.</summary>
    public const string OnAbandoned = "on_abandoned";

    /// <summary>Ours: the newest execution. Part of the fence.</summary>
    public const string LastExecution = "last_execution";

    /// <summary>Ours: how the newest execution ended; absent while it runs.</summary>
    public const string LastOutcome = "last_outcome";

    /// <summary>Ours: how many executions were retried or recovered before the present one; absent for none.</summary>
    public const string Attempts = "attempts";

    /// <summary>Ours: how often the job was put back because its worker died.</summary>
    public const string Recoveries = "recoveries";

    /// <summary>Ours: which exceptions are retried, as JSON: <c>{"only": [type names], "never": [type names]}</c>. Absent: all.</summary>
    public const string RetryRule = "retry_rule";

    /// <summary>Ours: <c>run</c>, <c>fail</c> or <c>cancel</c> when a dependency ended without success. Absent: wait, as in RQ.</summary>
    public const string IfUnmet = "if_unmet";

    /// <summary>Ours: of a deferred job with many dependencies one that is unmet, so that the others need not be looked at.</summary>
    public const string WaitsFor = "waits_for";

    /// <summary>Ours: unix time in seconds at which a job that has dependencies too is due.</summary>
    public const string Due = "due";

    /// <summary>Ours: unix time in seconds after which a job that repeats is not due again. Python goes on.</summary>
    public const string RepeatUntil = "repeat_until";

    /// <summary>Ours: random, one per call that ended the repeats of the job, so that the call can be sent again.</summary>
    public const string RepeatsEnded = "repeats_ended";

    /// <summary>Ours: when the first worker found that it does not know the function; counts only while the job is being given back for that.</summary>
    public const string UnknownSince = "unknown_since";

    /// <summary>Ours: how far the running job says it is: JSON <c>{"fraction": 0.5, "text": "…", "at": timestamp}</c>.</summary>
    public const string Progress = "progress";

    /// <summary>Ours: present when the job has written log lines, whose list then lives as long as it does.</summary>
    public const string HasLog = "has_log";

    /// <summary>Ours: the job is a callback of the one named here.</summary>
    public const string CallbackOf = "callback_of";

    /// <summary>Ours: the end that it is called for: <c>success</c>, <c>failure</c> or <c>stopped</c>.</summary>
    public const string CallbackOn = "callback_on";

    /// <summary>Ours: for which run of that job it waits, see <see cref="CallbackLink.Tie"/>; absent when it waits for nothing.</summary>
    public const string CallbackTie = "callback_tie";

    /// <summary>Ours: 1 when some of its arguments are not to be shown, see <see cref="RedactedAttribute"/>.</summary>
    public const string Redacted = "redacted";

    /// <summary>Ours: the cron schedule that enqueued the job.</summary>
    public const string CronName = "cron_name";

    /// <summary>Ours: the time of the cron schedule that the job is for; absent when it was enqueued by hand.</summary>
    public const string CronDue = "cron_due";
}
