using NodaTime;
using NodaTime.TimeZones;

namespace RQ.Scheduling;

/// <summary>
/// A time zone as the spans between its changes. Its rules come with NodaTime and not from the machine, so that all schedulers find the same times.
/// (<see cref="TimeZoneInfo"/> would not do: it misplaces changes where a rule has a time of 24:00 or more, as in Santiago and Jerusalem, and what
/// it says of ambiguous and invalid times is not to be relied on where summer time is the standard time, as in Dublin and Casablanca.)
/// </summary>
internal sealed class Zone
{
    private readonly DateTimeZone _zone;

    private Zone(DateTimeZone zone) => _zone = zone;

    /// <summary>The version of the rules, such as <c>2025b</c>.</summary>
    public static string Version => TzdbDateTimeZoneSource.Default.TzdbVersion;

    /// <summary>A zone by its name in the time zone database; <c>null</c> when there is none of that name.</summary>
    public static Zone? Find(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) is { } zone ? new Zone(zone) : null;

    /// <summary>What may have been meant by a name that is not known: another case, or the city alone.</summary>
    public static string? Similar(string id)
    {
        string place = id.Trim().Replace(' ', '_');
        return DateTimeZoneProviders.Tzdb.Ids
            .Where(known => known.Equals(place, StringComparison.OrdinalIgnoreCase) || known.EndsWith("/" + place, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .MaxBy(known => known.Equals(place, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Local time minus UTC at an instant, in seconds.</summary>
    public long Offset(long instant) => _zone.GetUtcOffset(Instant.FromUnixTimeSeconds(instant)).Seconds;

    /// <summary>
    /// Local time minus UTC where the clock on the wall shows a time. Python's zoneinfo says the same: of a time that is shown twice, the first or
    /// the second; of one that is skipped, what held before the change, and after it for the second.
    /// </summary>
    public TimeSpan OffsetWhenShown(DateTime local, bool isSecond)
    {
        ZoneLocalMapping mapping = _zone.MapLocal(LocalDateTime.FromDateTime(local));
        return (isSecond ? mapping.LateInterval : mapping.EarlyInterval).WallOffset.ToTimeSpan();
    }

    /// <summary>The span that an instant is in.</summary>
    public ZoneSpan At(long instant)
    {
        ZoneInterval span = _zone.GetZoneInterval(Instant.FromUnixTimeSeconds(instant));
        if (!span.HasStart)
            return new ZoneSpan(long.MinValue / 2, End(span), span.WallOffset.Seconds, long.MinValue / 2);
        ZoneInterval before = Before(span);
        long shown = ShownBy(before);
        // Two changes may lie closer together than the clocks were moved.
        if (before.HasStart)
            shown = Math.Max(shown, ShownBy(Before(before)));
        return new ZoneSpan(span.Start.ToUnixTimeSeconds(), End(span), span.WallOffset.Seconds, shown);
    }

    private ZoneInterval Before(ZoneInterval span) => _zone.GetZoneInterval(span.Start - Duration.Epsilon);

    private static long ShownBy(ZoneInterval span) => span.End.ToUnixTimeSeconds() + span.WallOffset.Seconds;

    private static long End(ZoneInterval span) => span.HasEnd ? span.End.ToUnixTimeSeconds() : long.MaxValue / 2;
}
