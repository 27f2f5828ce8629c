using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RQ.Scheduling;

/// <summary>The times of a schedule: strictly increasing, in whole seconds, whatever clocks do.</summary>
internal sealed class Occurrences
{
    private readonly CronSchedule _schedule;
    private readonly ITimetable _times;
    private readonly Zone _zone;
    private readonly long _first;
    private readonly long _last;

    /// <param name="schedule">What to read.</param>
    /// <param name="anchor">
    /// What an interval without <see cref="CronSchedule.StartsAt"/> is counted from: when the schedule was stored. The first time is
    /// <c>From(anchor)</c>, the first whole second that is not before it.
    /// </param>
    /// <exception cref="ArgumentException">An expression, a time zone or a time cannot be; the message says which and what would be right.</exception>
    public Occurrences(CronSchedule schedule, DateTimeOffset anchor)
    {
        _schedule = schedule;
        _zone = OccurrencesCheck.Zone(schedule);
        _first = schedule.StartsAt is { } start ? Up(start) : long.MinValue / 2;
        _last = schedule.EndsAt is { } end ? Down(end) : long.MaxValue;
        _times = OccurrencesCheck.Cron(schedule) is { } cron
            ? new CalendarTimetable(cron, _zone)
            : new IntervalTimetable(Up(schedule.StartsAt ?? anchor), OccurrencesCheck.Interval(schedule));
        OccurrencesCheck.Jitter(schedule, _times);
        OccurrencesCheck.Ends(schedule, _times, _first, _last);
    }

    /// <summary>The first time that comes after this one; <c>null</c> when there is none. In UTC.</summary>
    public DateTimeOffset? After(DateTimeOffset time) => Time(Next(Down(time)));

    /// <summary>The first time at or after this one; <c>null</c> when there is none. In UTC.</summary>
    public DateTimeOffset? From(DateTimeOffset time) => Time(Next(Up(time) - 1));

    /// <summary>When the time is to be run: later than it by less than the schedule's jitter. Always the same for the same name and time.</summary>
    public DateTimeOffset Due(DateTimeOffset time)
    {
        if (_schedule.Jitter == TimeSpan.Zero)
            return time;
        byte[] text = Encoding.UTF8.GetBytes($"{_schedule.Name}\n{time.ToUnixTimeSeconds()}");
        ulong draw = BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(text));
        long micros = (long)((UInt128)draw * (ulong)(_schedule.Jitter.Ticks / TimeSpan.TicksPerMicrosecond) >> 64);
        return time.AddMicroseconds(micros);
    }

    /// <summary>
    /// The last <paramref name="most"/> times in (<paramref name="after"/>, <paramref name="until"/>], oldest first. Does not walk through all that
    /// were before.
    /// </summary>
    public IReadOnlyList<DateTimeOffset> Last(int most, DateTimeOffset after, DateTimeOffset until)
    {
        var found = new List<DateTimeOffset>();
        long floor = Down(after), end = Math.Min(Down(until), _last) + 1, reach = 1;
        while (found.Count < most && Before(end, floor, reach) is { } time)
        {
            found.Add(DateTimeOffset.FromUnixTimeSeconds(time));
            reach = end - time;
            end = time;
        }
        found.Reverse();
        return found;
    }

    /// <summary>The time as clocks in the schedule's zone show it.</summary>
    public DateTimeOffset Local(DateTimeOffset time) => time.ToOffset(TimeSpan.FromMinutes(_zone.Offset(Down(time)) / 60));

    /// <summary>
    /// The last time in (<paramref name="floor"/>, <paramref name="end"/>): looks back by <paramref name="reach"/>, then twice as far and so on, and
    /// halves the rest.
    /// </summary>
    private long? Before(long end, long floor, long reach)
    {
        long low;
        while (true)
        {
            long from = Math.Max(floor, end - 1 - reach);
            if (from >= end - 1)
                return null;
            if (Next(from) is { } found && found < end)
            {
                low = found;
                break;
            }
            if (from == floor)
                return null;
            reach = reach > long.MaxValue / 4 ? reach : reach * 2;
        }
        long high = end - 1;
        while (Next(low) is { } next && next < end)
        {
            low = next;
            long middle = low + (high - low) / 2;
            if (Next(middle) is { } later && later < end)
                low = later;
            else
                high = middle;
        }
        return low;
    }

    private long? Next(long after) => _times.After(Math.Max(after, _first - 1)) is { } next && next <= _last ? next : null;

    private static DateTimeOffset? Time(long? seconds) => seconds is { } found ? DateTimeOffset.FromUnixTimeSeconds(found) : null;

    private static long Down(DateTimeOffset time) => time.ToUnixTimeSeconds();

    private static long Up(DateTimeOffset time) => time.UtcTicks % TimeSpan.TicksPerSecond == 0 ? Down(time) : Down(time) + 1;
}
