using System.Globalization;
using System.Text.RegularExpressions;

namespace RQ.Scheduling;

/// <summary>
/// The rule at the end of a zone's file, as POSIX writes it: <c>CET-1CEST,M3.5.0,M10.5.0/3</c>. It holds after the last change that the file lists.
/// </summary>
internal sealed partial class ZoneRule
{
    private const string Name = "<[A-Za-z0-9+-]+>|[A-Za-z]{3,}";
    private const string Time = "[+-]?[0-9]{1,3}(:[0-9]{1,2}){0,2}";
    private const string Date = "M[0-9]{1,2}[.][1-5][.][0-6]|J?[0-9]{1,3}";

    private readonly int _standard;
    private readonly (int Offset, Moment Start, Moment End)? _summer;

    private ZoneRule(int standard, (int Offset, Moment Start, Moment End)? summer)
    {
        _standard = standard;
        _summer = summer;
    }

    /// <returns><c>null</c> when it cannot be read.</returns>
    public static ZoneRule? Read(string text)
    {
        Match match = Whole().Match(text);
        if (!match.Success)
            return null;
        // POSIX counts from local time to UTC.
        int standard = -Seconds(match.Groups["std"].Value);
        if (!match.Groups["start"].Success)
            return new ZoneRule(standard, null);
        int summer = match.Groups["dst"].Success ? -Seconds(match.Groups["dst"].Value) : standard + 3600;
        return new ZoneRule(standard, (summer, Moment.Read(match, "start"), Moment.Read(match, "end")));
    }

    /// <summary>Local time minus UTC at an instant, in seconds.</summary>
    public long Offset(long instant)
    {
        if (_summer is not { } summer)
            return _standard;
        int year = DateTime.UnixEpoch.AddSeconds(instant + _standard).Year;
        long start = summer.Start.In(year) - _standard, end = summer.End.In(year) - summer.Offset;
        bool isSummer = start < end ? instant >= start && instant < end : instant >= start || instant < end;
        return isSummer ? summer.Offset : _standard;
    }

    /// <summary>Seconds of <c>[±]hh[:mm[:ss]]</c>.</summary>
    private static int Seconds(string text)
    {
        int[] parts = [.. text.TrimStart('+', '-').Split(':').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        int seconds = parts[0] * 3600 + parts.ElementAtOrDefault(1) * 60 + parts.ElementAtOrDefault(2);
        return text[0] == '-' ? -seconds : seconds;
    }

    [GeneratedRegex(
        $$"""
        ^ ({{Name}}) (?<std>{{Time}})
        (({{Name}}) (?<dst>{{Time}})? ,(?<start>{{Date}})(/(?<startTime>{{Time}}))? ,(?<end>{{Date}})(/(?<endTime>{{Time}}))? )? $
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    /// <summary>A day of each year, and the local seconds from its beginning.</summary>
    private readonly record struct Moment(char Kind, int Month, int Week, int Weekday, int Number, int Time)
    {
        public static Moment Read(Match match, string name)
        {
            string date = match.Groups[name].Value;
            int time = match.Groups[name + "Time"].Success ? Seconds(match.Groups[name + "Time"].Value) : 2 * 3600;
            int[] numbers = [.. date.TrimStart('J', 'M').Split('.').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
            return date[0] switch
            {
                'M' => new Moment('M', numbers[0], numbers[1], numbers[2], 0, time),
                'J' => new Moment('J', 0, 0, 0, numbers[0], time),
                _ => new Moment('0', 0, 0, 0, numbers[0], time),
            };
        }

        /// <summary>The moment in a year, as local seconds from 1970-01-01 00:00.</summary>
        public long In(int year)
        {
            DateTime day = Kind switch
            {
                'M' => NthWeekday(year),
                // The days are numbered as if there were no 29 February.
                'J' => new DateTime(year, 1, 1).AddDays(Number - 1 + (DateTime.IsLeapYear(year) && Number >= 60 ? 1 : 0)),
                _ => new DateTime(year, 1, 1).AddDays(Number),
            };
            return (day.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond + Time;
        }

        // The fifth is the last.
        private DateTime NthWeekday(int year)
        {
            var first = new DateTime(year, Month, 1);
            DateTime day = first.AddDays((Weekday - (int)first.DayOfWeek + 7) % 7 + 7 * (Week - 1));
            return day.Month == Month ? day : day.AddDays(-7);
        }
    }
}
