namespace RQ.Scheduling;

/// <summary>The times of a schedule: strictly increasing, in whole seconds, whatever clocks do.</summary>
internal sealed class Occurrences
{
    /// <param name="schedule">What to read.</param>
    /// <param name="anchor">What an interval without <see cref="CronSchedule.StartsAt"/> is counted from: when the schedule was stored.</param>
    /// <exception cref="ArgumentException">An expression, a time zone or a time cannot be; the message says which and what would be right.</exception>
    public Occurrences(CronSchedule schedule, DateTimeOffset anchor)
    {
        throw new NotImplementedException();
    }

    /// <summary>The first time that comes after this one; <c>null</c> when there is none.</summary>
    public DateTimeOffset? After(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>The first time at or after this one; <c>null</c> when there is none.</summary>
    public DateTimeOffset? From(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>When the time is to be run: later than it by less than the schedule's jitter. Always the same for the same name and time.</summary>
    public DateTimeOffset Due(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>The last <paramref name="most"/> times in (<paramref name="after"/>, <paramref name="until"/>], oldest first. Does not walk through all that were before.</summary>
    public IReadOnlyList<DateTimeOffset> Last(int most, DateTimeOffset after, DateTimeOffset until) => throw new NotImplementedException();
}
