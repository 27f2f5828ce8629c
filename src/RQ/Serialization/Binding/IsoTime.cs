using System.Globalization;
using System.Text.RegularExpressions;

namespace RQ.Serialization;

/// <summary>A date, or a date and time, in ISO 8601 as .NET and Python's <c>isoformat</c> and <c>str</c> write it: <c>2026-01-02 03:04:05.000006+00:00</c>.</summary>
/// <param name="Local">What the clock on the wall shows.</param>
/// <param name="Instant">When that is: in UTC if the text names no zone.</param>
/// <param name="HasZone">Whether the text names a zone.</param>
internal readonly partial record struct IsoTime(DateTime Local, DateTimeOffset Instant, bool HasZone)
{
    /// <summary><c>null</c> for another text, and for a date that no calendar has. Digits beyond .NET's seven are cut off.</summary>
    public static IsoTime? Parse(string text)
    {
        if (text.Length > 64 || Pattern().Match(text) is not { Success: true } match
            || !DateTime.TryParseExact(match.Groups["date"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
        {
            return null;
        }

        int hours = Number(match.Groups["hour"]), minutes = Number(match.Groups["minute"]), seconds = Number(match.Groups["second"]);
        if (hours > 23 || minutes > 59 || seconds > 59)
            return null;
        local += new TimeSpan(0, hours, minutes, seconds) + DurationText.Fraction(match.Groups["fraction"].Value);
        if (Number(match.Groups["zoneHour"]) > 23 || Number(match.Groups["zoneMinute"]) > 59 || Number(match.Groups["zoneSecond"]) > 59)
            return null;
        return OffsetOf(match) is not { } offset ? new IsoTime(local, new DateTimeOffset(local, TimeSpan.Zero), false)
            : At(local, offset) is { } instant ? new IsoTime(local, instant, true)
            : null;
    }

    private static TimeSpan? OffsetOf(Match match)
    {
        if (!match.Groups["zone"].Success)
            return null;
        TimeSpan offset = new TimeSpan(Number(match.Groups["zoneHour"]), Number(match.Groups["zoneMinute"]), Number(match.Groups["zoneSecond"]))
            + DurationText.Fraction(match.Groups["zoneFraction"].Value);
        return match.Groups["sign"].Value == "-" ? -offset : offset;
    }

    // An offset that .NET does not have gives the same instant in UTC.
    private static DateTimeOffset? At(DateTime local, TimeSpan offset)
    {
        long utc = local.Ticks - offset.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
            return null;
        bool isExact = offset.Ticks % TimeSpan.TicksPerMinute == 0 && offset.Duration() <= TimeSpan.FromHours(14);
        return isExact ? new DateTimeOffset(local, offset) : new DateTimeOffset(utc, TimeSpan.Zero);
    }

    private static int Number(System.Text.RegularExpressions.Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        @"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})([Tt ](?<hour>[0-9]{2}):(?<minute>[0-9]{2})(:(?<second>[0-9]{2})([.,](?<fraction>[0-9]+))?)?"
        + @" ?(?<zone>[Zz]|(?<sign>[+-])(?<zoneHour>[0-9]{2})(:?(?<zoneMinute>[0-9]{2})(:?(?<zoneSecond>[0-9]{2})([.](?<zoneFraction>[0-9]+))?)?)?)?)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
