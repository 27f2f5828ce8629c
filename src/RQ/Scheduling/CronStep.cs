using System.Globalization;

namespace RQ.Scheduling;

/// <summary>How a cron schedule that is due goes on.</summary>
/// <param name="Slot">The time that is run; <c>null</c> for none.</param>
/// <param name="Passed">The last time that is over with this.</param>
/// <param name="Skipped">How many times are left out.</param>
/// <param name="Next">The time after it; <c>null</c> when there is none.</param>
internal sealed record CronStep(DateTimeOffset? Slot, DateTimeOffset Passed, int Skipped, DateTimeOffset? Next)
{
    /// <summary>Of more times that were missed in one go no more are counted.</summary>
    public const int MostCounted = 10_000;

    public string NextText => Next is { } next ? Text(next) : "";

    public string PassedText => Text(Passed);

    /// <summary>A job by hand: the schedule's times stay as they are.</summary>
    public static CronStep ByHand { get; } = new(null, default, 0, null);

    /// <summary>The first time that is run now. Times that are later than the threshold were missed: the last ones are run, as many as the policy says.</summary>
    /// <param name="times">All times of the schedule.</param>
    /// <param name="missed">The policy.</param>
    /// <param name="threshold">How late a time may be without being missed.</param>
    /// <param name="next">The first time that is not over; it is due.</param>
    /// <param name="now">The server's time.</param>
    /// <param name="row">What is known of the missed times from the step before, if that was in this process.</param>
    public static CronStep Of(Occurrences times, MissedRuns missed, TimeSpan threshold, DateTimeOffset next, DateTimeOffset now, MissedRow? row = null)
    {
        DateTimeOffset inTime = Earlier(now, threshold);
        if (times.Due(next) >= inTime)
            return Run(times, next, 0);
        row ??= new MissedRow();
        IReadOnlyList<DateTimeOffset> late = row.Read(times, missed.Most + MostCounted, next, inTime);
        // The clock may have been set since the time was chosen, or the rules of its zone may have changed.
        if (late.Count == 0)
            return Run(times, next, 0);
        int skipped = Math.Max(late.Count - missed.Most, 0);
        DateTimeOffset time = late[Math.Min(skipped, late.Count - 1)];
        row.GoPast(Math.Min(skipped + 1, late.Count));
        return missed.Most == 0 ? new CronStep(null, time, skipped, times.After(time)) : Run(times, time, skipped);
    }

    /// <summary>The same step, but its time is left out too.</summary>
    public CronStep WithoutRun() => this with { Slot = null, Skipped = Slot is null ? Skipped : Skipped + 1 };

    /// <summary>A time of a schedule as it is stored: whole seconds since the epoch.</summary>
    public static string Text(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static CronStep Run(Occurrences times, DateTimeOffset slot, int skipped) => new(slot, slot, skipped, times.After(slot));

    private static DateTimeOffset Earlier(DateTimeOffset time, TimeSpan span) => span < time - DateTimeOffset.MinValue ? time - span : DateTimeOffset.MinValue;
}
