namespace RQ;

/// <summary>Which jobs of a queue a <see cref="JobRegistry"/> lists.</summary>
public enum RegistryKind
{
    /// <summary>Those that run now. RQ's <c>StartedJobRegistry</c>.</summary>
    Started,

    /// <summary>Those that finished and are still kept. RQ's <c>FinishedJobRegistry</c>.</summary>
    Finished,

    /// <summary>Those that failed or were stopped and are still kept. RQ's <c>FailedJobRegistry</c>.</summary>
    Failed,

    /// <summary>Those that wait for other jobs. RQ's <c>DeferredJobRegistry</c>.</summary>
    Deferred,

    /// <summary>Those that wait for their time. RQ's <c>ScheduledJobRegistry</c>.</summary>
    Scheduled,

    /// <summary>Those that were canceled. RQ's <c>CanceledJobRegistry</c>.</summary>
    Canceled,

    /// <summary>
    /// Those that need wait no longer but are not yet on the queue: only newer Python workers put jobs there, for a moment. RQ's
    /// <c>ReadyJobRegistry</c>.
    /// </summary>
    Ready,
}
