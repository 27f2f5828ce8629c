using System.Globalization;
using System.Text.RegularExpressions;

namespace RQ.Serialization;

/// <summary>
/// Durations as text: .NET's <c>-1.02:03:04.5</c>; Python's <c>str(timedelta)</c>, <c>-1 day, 23:59:59.5</c>, whose sign is that of
/// the days alone; ISO 8601's <c>P1DT2H3M4.5S</c>, without years and months, which have no length.
/// </summary>
internal static partial class DurationText
{
    /// <summary><c>null</c> for another text. A bare number is none: it could mean anything.</summary>
    /// <exception cref="OverflowException">It is longer than a <see cref="TimeSpan"/> can be.</exception>
    public static TimeSpan? Parse(string text)
    {
        if (text.Length > 64)
            return null;
        Match match = Clock().Match(text);
        bool isPython = match.Groups["pythonDays"].Success;
        if (!match.Success && !(match = Iso().Match(text)).Success)
            return null;
        if (match.Groups["minutes"].Success && match.Groups["clock"].Success && (Number(match, "minutes") > 59 || Number(match, "seconds") > 59))
            return null;
        Int128 days = Number(match, isPython ? "pythonDays" : "days") + (7 * Number(match, "weeks"));
        Int128 ticks = (Number(match, "hours") * TimeSpan.TicksPerHour) + (Number(match, "minutes") * TimeSpan.TicksPerMinute)
            + (Number(match, "seconds") * TimeSpan.TicksPerSecond) + Fraction(match.Groups["fraction"].Value).Ticks;
        bool isNegative = match.Groups["sign"].Success;
        days *= TimeSpan.TicksPerDay;
        Int128 all = isPython ? (isNegative ? -days : days) + ticks : isNegative ? -(days + ticks) : days + ticks;
        return new TimeSpan(checked((long)all));
    }

    /// <summary>The digits behind a decimal point, as part of a second. Digits beyond .NET's seven are cut off.</summary>
    public static TimeSpan Fraction(string digits) =>
        digits.Length == 0 ? TimeSpan.Zero : new TimeSpan(int.Parse(digits.PadRight(7, '0').AsSpan(0, 7), CultureInfo.InvariantCulture));

    private static Int128 Number(Match match, string group) =>
        match.Groups[group] is { Success: true } digits ? Int128.Parse(digits.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        @"^(?<sign>-)?((?<pythonDays>[0-9]{1,12}) days?, |(?<days>[0-9]{1,12})\.)?(?<clock>)(?<hours>[0-9]{1,12}):(?<minutes>[0-9]{2})(:(?<seconds>[0-9]{2})([.](?<fraction>[0-9]+))?)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Clock();

    [GeneratedRegex(
        @"^(?<sign>-)?P(?=.)((?<weeks>[0-9]{1,12})W)?((?<days>[0-9]{1,12})D)?(T(?=.)((?<hours>[0-9]{1,12})H)?((?<minutes>[0-9]{1,12})M)?((?<seconds>[0-9]{1,12})([.,](?<fraction>[0-9]+))?S)?)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Iso();
}
