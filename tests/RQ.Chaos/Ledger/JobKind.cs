namespace RQ.Chaos.Ledger;

/// <summary>What a job is, and so what must become of it.</summary>
internal enum JobKind
{
    /// <summary>Enqueued once, with an id that the library makes.</summary>
    Plain,

    /// <summary>One of several that are enqueued by one call.</summary>
    Many,

    /// <summary>With an id of its producer's; enqueued again and again, as a unique one, until that is acknowledged.</summary>
    Named,

    /// <summary>Due a few seconds later.</summary>
    Scheduled,

    /// <summary>Fails once or twice on purpose and is retried at once.</summary>
    Retried,

    /// <summary>Fails once on purpose and is retried a second later.</summary>
    Delayed,

    /// <summary>Fails each time, and is kept as failed after one retry.</summary>
    Doomed,

    /// <summary>Others wait for it.</summary>
    Parent,

    /// <summary>Waits for others.</summary>
    Child,

    /// <summary>Runs three times.</summary>
    Repeated,
}

/// <summary>What the kinds of jobs promise.</summary>
internal static class JobKinds
{
    /// <summary>How often one is retried that is not meant to fail for good: whatever strikes, its retries are not used up.</summary>
    public const int Retries = 30;

    /// <summary>The same of one that is.</summary>
    public const int DoomedRetries = 1;

    public const int Repeats = 2;

    /// <summary>How many of its runs must end well; none of one that is to fail.</summary>
    public static int Successes(this JobKind kind) => kind switch
    {
        JobKind.Doomed => 0,
        JobKind.Repeated => Repeats + 1,
        _ => 1,
    };
}
