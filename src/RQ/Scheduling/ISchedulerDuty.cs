namespace RQ.Scheduling;

/// <summary>One of the things that a scheduler does: it competes for the right to do it, and does what is due.</summary>
internal interface ISchedulerDuty
{
    /// <summary>What it does, for a log line: <c>{Scheduler}: moving scheduled jobs failed</c>.</summary>
    string What { get; }

    /// <summary>
    /// How much it has done so far: jobs moved, schedules run. After a pass that counts nothing, the next one comes a moment later even if it is wanted
    /// at once, so that nothing that cannot be got out of the way makes a flood of passes.
    /// </summary>
    long Done => 0;

    /// <summary>
    /// Takes or renews the right, and does a bite of what is due. Safe to run in several schedulers at once and to repeat after
    /// any failure.
    /// </summary>
    /// <returns>How long nothing will be due, and no right run out; <see cref="TimeSpan.Zero"/> when more is due now.</returns>
    Task<TimeSpan> PassAsync(CancellationToken stopping);

    /// <summary>The scheduler leaves: others may go on at once.</summary>
    Task ReleaseAsync();

    /// <summary>Whether a message on <see cref="Redis.Keys.SchedulerWake"/> is a reason for a pass. Asked at any time, on any thread.</summary>
    /// <param name="queue">The queue that it is about; empty when it is for everybody.</param>
    bool IsWokenBy(string queue) => queue.Length == 0;
}
