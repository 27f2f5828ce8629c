namespace RQ.Scheduling;

/// <summary>
/// The times of a cron expression in a time zone. Local times that clocks skip become one time, the end of the gap; local times that clocks show twice count the first
/// time only, unless the expression means "every so often".
/// </summary>
internal sealed class CalendarTimetable(CronText cron, Zone zone) : ITimetable
{
    /// <summary>Local times of neighbouring spans overlap by less than this.</summary>
    private const long Margin = 2 * 86_400;

    /// <summary>Before the first year that is looked at, and after the last.</summary>
    private const long Earliest = -1;
    private static readonly long s_latest = new DateTimeOffset(9990, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    public long? After(long instant)
    {
        if (instant >= s_latest)
            return null;
        long from = Math.Max(instant, Earliest) + 1;
        ZoneSpan span = zone.At(from - 1);
        while (from < s_latest)
        {
            if (from == span.Start && span.Shown < span.LocalStart && cron.From(span.Shown) < span.LocalStart)
                return span.Start;
            long local = from + span.Offset;
            if (cron.From(cron.IsInterval ? local : Math.Max(local, span.Shown)) is not { } match)
                return null;
            long time = match - span.Offset;
            if (time < span.End)
                return time;
            // Spans far before the match hold none, unless their local times lie before those that were just searched.
            from = span.End - from >= Margin ? Math.Max(span.End, time - Margin) : span.End;
            span = zone.At(from);
        }
        return null;
    }
}
