using System.Globalization;
using System.Numerics;

namespace RQ.Serialization;

/// <summary>
/// Dates, times and durations from those of other kinds, and from text in ISO 8601. A number of seconds is a duration, and no
/// point in time: whether it counts seconds or milliseconds, nothing says. A time without a zone is in UTC where one is needed, as RQ's own times are.
/// </summary>
internal static class TimeBinder
{
    private static readonly string[] s_timesOfDay = ["HH':'mm", "HH':'mm':'ss", "HH':'mm':'ss'.'FFFFFFF"];

    public static object? BindInstant(object data) => data switch
    {
        DateTime time => Instant(time),
        string text => IsoTime.Parse(text) is { } time ? time.Instant : throw NotIso("2026-01-02T03:04:05+00:00"),
        _ => null,
    };

    public static object? BindDateTime(object data) => data switch
    {
        DateTimeOffset time => time.UtcDateTime,
        DateOnly day => day.ToDateTime(TimeOnly.MinValue),
        string text => IsoTime.Parse(text) is { } time ? time.HasZone ? time.Instant.UtcDateTime : time.Local : throw NotIso("2026-01-02T03:04:05"),
        _ => null,
    };

    public static object? BindDate(object data) => data switch
    {
        DateTime time => Day(time),
        DateTimeOffset time => Day(time.DateTime),
        string text => IsoTime.Parse(text) is { } time ? Day(time.Local) : throw NotIso("2026-01-02"),
        _ => null,
    };

    public static object? BindTimeOfDay(object data) => data is not string text ? null
        : TimeOnly.TryParseExact(text, s_timesOfDay, CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time) ? time
        : throw NotIso("03:04:05");

    /// <summary>Fractions of a second are rounded to the ticks of 100 ns that a <see cref="TimeSpan"/> counts.</summary>
    public static object? BindDuration(object data) => data switch
    {
        string text => DurationText.Parse(text)
            ?? throw new FormatException("it is no duration such as \"1.02:03:04.5\", \"1 day, 2:03:04.5\" or \"P1DT2H3M4.5S\"."),
        long seconds => Ticks((Int128)seconds * TimeSpan.TicksPerSecond),
        double or float or Half => Ticks(checked((Int128)Math.Round((double)NumberBinder.Bind<double>(data)! * TimeSpan.TicksPerSecond))),
        decimal seconds => Ticks((Int128)decimal.Round(seconds * TimeSpan.TicksPerSecond)),
        _ => NumberBinder.Whole(data) is { } seconds ? Ticks((Int128)(seconds * TimeSpan.TicksPerSecond)) : null,
    };

    private static TimeSpan Ticks(Int128 ticks) => new((long)BigInteger.Min(BigInteger.Max(ticks, long.MinValue), long.MaxValue) is var known && known == ticks
        ? known
        : throw new OverflowException("it is longer than a TimeSpan can be."));

    private static DateTimeOffset Instant(DateTime time) => time.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(time, TimeSpan.Zero) : new DateTimeOffset(time);

    private static DateOnly Day(DateTime time) => time.TimeOfDay == TimeSpan.Zero
        ? DateOnly.FromDateTime(time)
        : throw new FormatException("it has a time of day.");

    private static FormatException NotIso(string example) => new($"it is not in ISO 8601, such as \"{example}\".");
}
