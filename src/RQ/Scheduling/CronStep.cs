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
    public static CronStep Of(Occurrences times, MissedRuns missed, TimeSpan threshold, DateTimeOffset next, DateTimeOffset now)
    {
        DateTimeOffset inTime = Earlier(now, threshold);
        if (times.Due(next) >= inTime)
            return Run(times, next, 0);
        DateTimeOffset[] late = [.. times.Last(missed.Most + MostCounted, next.AddSeconds(-1), inTime).TakeWhile(time => times.Due(time) < inTime)];
        // The clock may have been set since the time was chosen, or the rules of its zone may have changed.
        if (late.Length == 0)
            return Run(times, next, 0);
        if (missed.Most == 0)
            return new CronStep(null, late[^1], late.Length, times.After(late[^1]));
        int skipped = Math.Max(late.Length - missed.Most, 0);
        return Run(times, late[skipped], skipped);
    }

    /// <summary>The same step, but its time is left out too.</summary>
    public CronStep WithoutRun() => this with { Slot = null, Skipped = Slot is null ? Skipped : Skipped + 1 };

    /// <summary>A time of a schedule as it is stored: whole seconds since the epoch.</summary>
    public static string Text(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static CronStep Run(Occurrences times, DateTimeOffset slot, int skipped) => new(slot, slot, skipped, times.After(slot));

    private static DateTimeOffset Earlier(DateTimeOffset time, TimeSpan span) => span < time - DateTimeOffset.MinValue ? time - span : DateTimeOffset.MinValue;
}
