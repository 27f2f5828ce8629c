namespace RQ.Scheduling;

/// <summary>A job of a cron schedule, as it was seen.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">Where it was; <c>null</c> when it was gone.</param>
internal readonly record struct CronRun(string Id, JobStatus? Status)
{
    public bool IsRunning => Status == JobStatus.Started;

    public bool IsWaiting => Status is JobStatus.Queued or JobStatus.Deferred or JobStatus.Scheduled or JobStatus.RateLimited or JobStatus.ReadyToEnqueue;
}

/// <summary>What a schedule's overlap rule says about one more job.</summary>
/// <param name="Runs">Whether it is enqueued.</param>
/// <param name="WaitsFor">Jobs that it waits for.</param>
/// <param name="Ends">Whether those are ended then: canceled when they wait, told to stop when they run.</param>
internal sealed record OverlapPlan(bool Runs, IReadOnlyList<CronRun> WaitsFor, bool Ends)
{
    private static readonly OverlapPlan s_run = new(true, [], false);
    private static readonly OverlapPlan s_skip = new(false, [], false);

    /// <param name="rule">The rule.</param>
    /// <param name="newest">The schedule's newest jobs, the newest first.</param>
    public static OverlapPlan Of(CronOverlap rule, IReadOnlyList<CronRun> newest)
    {
        CronRun[] running = [.. newest.Where(job => job.IsRunning)], waiting = [.. newest.Where(job => job.IsWaiting)];
        if (rule == CronOverlap.Allow || running.Length + waiting.Length == 0)
            return s_run;
        return rule switch
        {
            CronOverlap.Skip => s_skip,
            CronOverlap.QueueOne when waiting.Length > 0 => s_skip,
            CronOverlap.QueueOne => new OverlapPlan(true, running, false),
            _ => new OverlapPlan(true, [.. waiting, .. running], true),
        };
    }
}
