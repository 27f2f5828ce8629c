namespace RQ.Scheduling;

/// <summary>One of the things that a scheduler does: it competes for the right to do it, and does what is due.</summary>
internal interface ISchedulerDuty
{
    /// <summary>
    /// Takes or renews the right, and does a bite of what is due. Safe to run in several schedulers at once and to repeat after
    /// any failure.
    /// </summary>
    /// <returns>How long nothing will be due, and no right run out; <see cref="TimeSpan.Zero"/> when more is due now.</returns>
    Task<TimeSpan> PassAsync(CancellationToken stopping);

    /// <summary>The scheduler leaves: others may go on at once.</summary>
    Task ReleaseAsync();
}
