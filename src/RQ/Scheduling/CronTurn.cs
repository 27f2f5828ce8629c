namespace RQ.Scheduling;

/// <summary>The turn of a cron schedule to enqueue a job. It counts only if nothing about the schedule has changed since it was read.</summary>
/// <param name="Name">The schedule.</param>
/// <param name="Version">Its version when it was read.</param>
/// <param name="Step">Which time is run, and how it goes on; one without a time is by hand, beside the schedule's times.</param>
/// <param name="NextDue">When the next time is due; <c>null</c> for never.</param>
internal sealed record CronTurn(string Name, string Version, CronStep Step, DateTimeOffset? NextDue)
{
    public string SlotText => Step.Slot is { } slot ? CronStep.Text(slot) : "";

    public string NextDueText => NextDue is { } due ? Redis.RqTime.Unix(due) : "";
}

/// <summary>Whether a turn was taken.</summary>
internal enum CronVerdict
{
    /// <summary>The job is enqueued.</summary>
    Enqueued,

    /// <summary>The schedule has changed, or somebody else took the turn: nothing was done.</summary>
    Stale,

    /// <summary>By the server's clock it is not due: nothing was done.</summary>
    Early,

    /// <summary>A job of that time is there already: the schedule only went on.</summary>
    Ran,
}

/// <summary>What became of a turn.</summary>
/// <param name="Verdict">Whether it was taken.</param>
/// <param name="Status">Where the job is.</param>
internal readonly record struct CronFired(CronVerdict Verdict, JobStatus Status)
{
    public static readonly CronFired Stale = new(CronVerdict.Stale, default);
    public static readonly CronFired Early = new(CronVerdict.Early, default);
    public static readonly CronFired Ran = new(CronVerdict.Ran, default);
}
