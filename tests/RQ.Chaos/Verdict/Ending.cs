namespace RQ.Chaos.Verdict;

/// <summary>What has become of an acknowledged job.</summary>
internal enum Ending
{
    /// <summary>It ran as often as it should, and ended as it should.</summary>
    Done,

    /// <summary>It did not end as it should, for a reason that is stored with it and that a fault explains.</summary>
    FailedByFault,

    /// <summary>A worker of Python RQ 1.13 took it off its queue and lost it: that leaves no trace in Redis.</summary>
    LostByPython,

    /// <summary>It is in a place, and nothing moves it on.</summary>
    Stuck,

    /// <summary>It is in no place and has not ended, or it is gone.</summary>
    Lost,

    /// <summary>It is stored as ended, and did not run as it should have.</summary>
    Wrong,
}

/// <summary>A job that is not <see cref="Ending.Done"/>.</summary>
/// <param name="Account">The job.</param>
/// <param name="Ending">What has become of it.</param>
/// <param name="Text">What is known of it.</param>
internal sealed record Odd(Ledger.Account Account, Ending Ending, string Text);
