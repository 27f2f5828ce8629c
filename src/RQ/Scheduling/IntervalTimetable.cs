namespace RQ.Scheduling;

/// <summary>Times at equal distances, counted from the first one.</summary>
internal sealed class IntervalTimetable(long first, long interval) : ITimetable
{
    private static readonly long s_end = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public long? After(long instant)
    {
        if (instant < first)
            return first;
        if (instant >= s_end)
            return null;
        long next = first + ((instant - first) / interval + 1) * interval;
        return next <= s_end ? next : null;
    }
}
