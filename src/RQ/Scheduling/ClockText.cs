using System.Globalization;

namespace RQ.Scheduling;

/// <summary>Durations as files and configurations have them.</summary>
internal static class ClockText
{
    public const string Shape = "\"hh:mm:ss\" or \"d.hh:mm:ss\"";

    private const int MostHours = 24 * 366 * 1000;

    /// <summary>
    /// <c>hh:mm:ss</c>, with days in front or a fraction behind if need be; without days the hours may be more than 23. With one colon it would be hours and minutes to
    /// .NET and minutes and seconds to others, so that is none.
    /// </summary>
    /// <returns><c>null</c> when it is something else, or negative.</returns>
    public static TimeSpan? Clock(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (text.Count(':') != 2 || text.StartsWith('-'))
            return null;
        // To .NET 24:00:00 are days. So the hours are read here, and the rest with none.
        int hours = 0;
        if (!text[..colon].Contains('.', StringComparison.Ordinal))
        {
            if (!int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out hours) || hours > MostHours)
                return null;
            text = "00" + text[colon..];
        }

        return TimeSpan.TryParseExact(text, ["c", "g"], CultureInfo.InvariantCulture, out TimeSpan time) ? TimeSpan.FromHours(hours) + time : null;
    }

    /// <summary>RQ's notation: a whole number with the unit s, m, h or d, in either case.</summary>
    /// <returns><c>null</c> when it is something else, or negative.</returns>
    public static TimeSpan? WithUnit(string text)
    {
        text = text.Trim();
        long unit = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return unit > 0 && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= 10_000_000
            ? TimeSpan.FromSeconds(number * unit)
            : null;
    }
}
