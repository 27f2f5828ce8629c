using System.Globalization;
using RQ.Scheduling;

namespace RQ.Serialization;

/// <summary>The tzinfo of an aware datetime: a fixed offset, or a zone of the time zone database with its rules of <see cref="Zone"/>.</summary>
internal sealed class PickleZone : PickleStandIn
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly TimeSpan _offset;
    private readonly Zone? _zone;
    private readonly string? _name;

    private PickleZone(TimeSpan offset, Zone? zone, string? name)
    {
        _offset = offset;
        _zone = zone;
        _name = name;
    }

    public static PickleZone Utc { get; } = new(TimeSpan.Zero, null, null);

    /// <summary>The abstract base of all zones, which only stands in the oldest pickles.</summary>
    public static PickleZone Unknown { get; } = new(TimeSpan.MaxValue, null, null);

    /// <summary>What follows a time of day: <c>+02:00</c>, or <c>[Europe/Berlin]</c>.</summary>
    public string Suffix => _name is null ? Text(_offset) : $"[{_name}]";

    public static PickleZone? Fixed(TimeSpan offset) => offset == TimeSpan.Zero ? Utc : IsOffset(offset) ? new PickleZone(offset, null, null) : null;

    public static PickleZone Named(string name) => new(default, Zone.Find(name) ?? throw UnknownName(name), name);

    /// <summary>A zone of pytz, which says for each time what offset is in use.</summary>
    public static PickleZone? Named(string name, TimeSpan offset) =>
        Zone.Find(name) is null ? throw UnknownName(name) : IsOffset(offset) ? new PickleZone(offset, null, name) : null;

    /// <summary>What to throw for a time whose zone is anything else.</summary>
    public static PickleException OfUnknownClass() =>
        new("The pickle holds a time with a time zone of a class that is not known here. Known are datetime.timezone, zoneinfo, pytz, dateutil, psycopg2 and pendulum.");

    /// <summary>The state of dateutil's tzoffset.</summary>
    public static object? OfOffset(object? state) => Attribute(state, "_offset") is TimeSpan offset ? Fixed(offset) : null;

    /// <summary>The state of dateutil's tzlocal, where it has no summer time; else it depends on the other machine.</summary>
    public static object? OfLocal(object? state) =>
        Attribute(state, "_hasdst") is false && Attribute(state, "_std_offset") is TimeSpan offset
            ? Fixed(offset)
            : throw new PickleException("The pickle holds a time in the local zone of another machine (dateutil's tzlocal), which is not known here. Send times in UTC or in a named zone.");

    /// <summary>The state of dateutil's tzfile, which is the whole file; its name is enough.</summary>
    public static object? OfFile(object? state)
    {
        const string directory = "zoneinfo/";
        var path = Attribute(state, "_filename") as string ?? "";
        var start = path.LastIndexOf(directory, StringComparison.Ordinal);
        return Named(start < 0 ? path : path[(start + directory.Length)..]);
    }

    /// <summary>A zone's attributes say no more than what it was made from.</summary>
    public override void Build(object? state, PickleKeys keys)
    {
    }

    /// <summary>
    /// The local time with its offset. An offset that <see cref="DateTimeOffset"/> cannot hold (seconds, or beyond
    /// 14 hours) gives the same instant in UTC.
    /// </summary>
    /// <param name="local">What the clock on the wall shows.</param>
    /// <param name="isSecondPass">Python's <c>fold</c>: the second of two moments when the clock is set back.</param>
    public DateTimeOffset At(DateTime local, bool isSecondPass)
    {
        var offset = _zone?.OffsetWhenShown(local, isSecondPass) ?? Known(_offset);
        var isExact = offset.Ticks % TimeSpan.TicksPerMinute == 0 && offset.Duration() <= TimeSpan.FromHours(14);
        return isExact ? new DateTimeOffset(local, offset) : new DateTimeOffset(local - offset, TimeSpan.Zero);
    }

    /// <summary>An instant as the zone's clocks show it.</summary>
    public DateTimeOffset At(DateTime utc)
    {
        var instant = new DateTimeOffset(utc, TimeSpan.Zero);
        var offset = _zone is null ? Known(_offset) : TimeSpan.FromSeconds(_zone.Offset(instant.ToUnixTimeSeconds()));
        return offset.Ticks % TimeSpan.TicksPerMinute == 0 && offset.Duration() <= TimeSpan.FromHours(14) ? instant.ToOffset(offset) : instant;
    }

    protected override object Resolve() => _name ?? (Known(_offset) == TimeSpan.Zero ? "UTC" : Text(_offset));

    private static TimeSpan Known(TimeSpan offset) => offset != TimeSpan.MaxValue
        ? offset
        : throw new PickleException("The pickle holds a time zone without its name or offset.");

    private static bool IsOffset(TimeSpan offset) => offset > -Day && offset < Day;

    // Whatever stands in for another value is none of these: a zone in a zone in a zone has no offset.
    private static object? Attribute(object? state, string name) =>
        state is OrderedDictionary<object, object?> attributes && attributes.TryGetValue(name, out var value) && value is not PickleStandIn ? value : null;

    private static string Text(TimeSpan offset)
    {
        var format = Known(offset).Ticks % TimeSpan.TicksPerMinute == 0 ? @"hh\:mm" : offset.Ticks % TimeSpan.TicksPerSecond == 0 ? @"hh\:mm\:ss" : @"hh\:mm\:ss\.ffffff";
        return (offset < TimeSpan.Zero ? "-" : "+") + offset.Duration().ToString(format, CultureInfo.InvariantCulture);
    }

    private static PickleException UnknownName(string name) =>
        new($"The pickle holds a time in zone '{(name.Length > 100 ? name[..100] + "…" : name)}', which the time zone data of version {Zone.Version} does not have. Send times in UTC.");
}
