namespace RQ.Serialization;

/// <summary>The tzinfo of an aware datetime: a fixed offset or a zone of the system's time zone database.</summary>
internal sealed class PickleZone
{
    private readonly TimeSpan _offset;
    private readonly TimeZoneInfo? _zone;

    private PickleZone(TimeSpan offset, TimeZoneInfo? zone)
    {
        _offset = offset;
        _zone = zone;
    }

    public static PickleZone? Fixed(TimeSpan offset) =>
        offset.Duration() < TimeSpan.FromDays(1) ? new PickleZone(offset, null) : null;

    public static PickleZone Named(string name)
    {
        // Zones are files: a name must not become a path out of their directory.
        var isZoneName = name is { Length: > 0 and < 100 } && name[0] != '/'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');
        try
        {
            return new PickleZone(default, TimeZoneInfo.FindSystemTimeZoneById(isZoneName ? name : throw new TimeZoneNotFoundException()));
        }
        catch (Exception e) when (e is not PickleException)
        {
            throw new PickleException(
                $"The pickle holds a time in zone '{name}', which this system does not know. Install its time zone data, or send times in UTC.", e);
        }
    }

    /// <summary>
    /// The local time with its offset. An offset that <see cref="DateTimeOffset"/> cannot hold (seconds, or beyond
    /// 14 hours) gives the same instant in UTC.
    /// </summary>
    /// <param name="local">What the clock on the wall shows.</param>
    /// <param name="isSecondPass">Python's <c>fold</c>: the second of two moments when the clock is set back.</param>
    public DateTimeOffset At(DateTime local, bool isSecondPass)
    {
        var offset = _zone is null ? _offset : OffsetAt(_zone, local, isSecondPass);
        var isExact = offset.Ticks % TimeSpan.TicksPerMinute == 0 && offset.Duration() <= TimeSpan.FromHours(14);
        return isExact ? new DateTimeOffset(local, offset) : new DateTimeOffset(local - offset, TimeSpan.Zero);
    }

    private static TimeSpan OffsetAt(TimeZoneInfo zone, DateTime local, bool isSecondPass)
    {
        if (!zone.IsAmbiguousTime(local))
        {
            return zone.GetUtcOffset(local);
        }
        var offsets = zone.GetAmbiguousTimeOffsets(local);
        return isSecondPass ? offsets.Min() : offsets.Max();
    }
}
