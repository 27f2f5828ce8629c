using System.Collections.Concurrent;
using System.Security;

namespace RQ.Scheduling;

/// <summary>
/// A time zone as the spans between its changes. They are found by asking for the offset at instants, of the zone's file or, where there is none,
/// <see cref="TimeZoneInfo"/>. What that says of changes themselves (rules, ambiguous and invalid local times) is not to be relied on where summer
/// time is the zone's standard time or is interrupted, as in Dublin and Casablanca.
/// </summary>
internal sealed class Zone
{
    private const long Day = 86_400;

    /// <summary>No zone changed its clocks twice within this.</summary>
    private const long Step = Day / 4;

    private static readonly ConcurrentDictionary<string, Zone> s_found = new(StringComparer.Ordinal);

    private readonly TimeZoneInfo _info;
    private readonly ZoneFile? _file;
    private readonly ConcurrentDictionary<int, ZoneSpan[]> _years = new();

    private Zone(TimeZoneInfo info, ZoneFile? file)
    {
        _info = info;
        _file = file;
    }

    /// <summary>A zone by its name; <c>null</c> when this machine knows none of that name.</summary>
    public static Zone? Find(string id)
    {
        if (s_found.TryGetValue(id, out Zone? zone))
            return zone;
        try
        {
            return TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? info) ? s_found.GetOrAdd(id, new Zone(info, ZoneFile.Find(id))) : null;
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException or SecurityException or ArgumentException or IOException)
        {
            return null; // Names that lead to a file of another kind.
        }
    }

    /// <summary>What may have been meant by a name that is not known: another case, or the city alone.</summary>
    public static string? Similar(string id)
    {
        string place = id.Trim().Replace(' ', '_');
        return TimeZoneInfo.GetSystemTimeZones().Select(info => info.Id)
            .Where(known => known.Equals(place, StringComparison.OrdinalIgnoreCase) || known.EndsWith("/" + place, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .MaxBy(known => known.Equals(place, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Local time minus UTC at an instant, in seconds.</summary>
    public long Offset(long instant) => _file?.Offset(instant) ?? (long)_info.GetUtcOffset(DateTime.UnixEpoch.AddSeconds(instant)).TotalSeconds;

    /// <summary>The span that an instant is in. Spans also end with the year.</summary>
    public ZoneSpan At(long instant)
    {
        int year = DateTime.UnixEpoch.AddSeconds(instant).Year;
        foreach (ZoneSpan span in _years.GetOrAdd(year, static (year, zone) => zone.Spans(year), this))
        {
            if (instant < span.End)
                return span;
        }
        throw new InvalidOperationException($"The spans of {_info.Id} in {year} have a hole.");
    }

    private ZoneSpan[] Spans(int year)
    {
        long first = NewYear(year), end = NewYear(year + 1);
        var spans = new List<ZoneSpan>();
        // What was shown before New Year counts as well.
        long start = first - 2 * Day, offset = Offset(start), shown = start + offset;
        while (start < end)
        {
            long next = Change(start, offset, end);
            if (next > first)
                spans.Add(start >= first ? new ZoneSpan(start, next, offset, shown) : new ZoneSpan(first, next, offset, Math.Max(shown, first + offset)));
            shown = Math.Max(shown, next + offset);
            start = next;
            offset = Offset(start);
        }
        return [.. spans];
    }

    /// <summary>The first instant after <paramref name="start"/> with another offset, or <paramref name="end"/>.</summary>
    private long Change(long start, long offset, long end)
    {
        long same = start;
        while (same < end)
        {
            long other = Math.Min(same + Step, end);
            if (Offset(other) == offset)
            {
                same = other;
                continue;
            }
            while (other - same > 1)
            {
                long middle = same + (other - same) / 2;
                if (Offset(middle) == offset)
                    same = middle;
                else
                    other = middle;
            }
            return other;
        }
        return end;
    }

    private static long NewYear(int year) => (new DateTime(year, 1, 1).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
}
