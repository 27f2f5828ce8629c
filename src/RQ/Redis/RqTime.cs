using System.Globalization;

namespace RQ.Redis;

/// <summary>Times and durations as they are written in Redis.</summary>
internal static class RqTime
{
    /// <summary>A hundred years: more than anyone means, and far from what overflows anywhere.</summary>
    public const long MaxSeconds = 3_153_600_000;

    private static readonly double s_lastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
    private static readonly long s_firstSecond = DateTimeOffset.MinValue.ToUnixTimeSeconds();

    /// <summary>How long failed jobs are kept that say nothing about it: a year, in seconds. The scripts know it too.</summary>
    public const long DefaultFailureTtl = 31_536_000;

    private static readonly string[] s_formats =
        ["yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF", "yyyy-MM-dd'T'HH:mm:ss"];

    /// <summary>UTC with six fraction digits: Python refuses .NET's seven.</summary>
    public static string Timestamp(DateTimeOffset time) => string.Create("yyyy-MM-ddTHH:mm:ss.ffffffZ".Length, time.UtcDateTime, static (text, utc) =>
    {
        // Each job has two: a format text would be read anew each time.
        "0000-00-00T00:00:00.000000Z".CopyTo(text);
        (int year, int month, int day) = utc;
        Digits(text[..4], year);
        Digits(text.Slice(5, 2), month);
        Digits(text.Slice(8, 2), day);
        Digits(text.Slice(11, 2), utc.Hour);
        Digits(text.Slice(14, 2), utc.Minute);
        Digits(text.Slice(17, 2), utc.Second);
        Digits(text.Slice(20, 6), (int)(utc.Ticks % TimeSpan.TicksPerSecond / 10));
    });

    private static void Digits(Span<char> text, int number)
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            text[i] = (char)('0' + number % 10);
            number /= 10;
        }
    }

    /// <summary><c>null</c> for an absent, empty or unreadable time: a job is never lost for one.</summary>
    public static DateTimeOffset? ParseTimestamp(string? text) =>
        !string.IsNullOrEmpty(text) && DateTimeOffset.TryParseExact(
            text, s_formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : null;

    /// <summary>Seconds since the epoch as Python prints a float: up to six fraction digits, trailing zeros dropped.</summary>
    public static string Unix(DateTimeOffset time)
    {
        long micros = (time - DateTimeOffset.UnixEpoch).Ticks / 10;
        if (micros < 0)
            return (micros / 1_000_000m).ToString("0.0#####", CultureInfo.InvariantCulture);
        Span<char> text = stackalloc char[32];
        text.TryWrite(CultureInfo.InvariantCulture, $"{micros / 1_000_000}.{micros % 1_000_000:d6}", out int length);
        while (text[length - 1] == '0' && text[length - 2] != '.')
            length--;
        return text[..length].ToString();
    }

    /// <summary><c>null</c> for an absent or unreadable time, and for one that no calendar has: milliseconds, most of the time.</summary>
    public static DateTimeOffset? ParseUnix(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal seconds)
        && seconds >= s_firstSecond && seconds < (decimal)s_lastSecond
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * 10_000_000m))
            : null;

    /// <summary>How long until a score's time, by the clock that says what time it is now (µs); <c>null</c> for no score.</summary>
    public static TimeSpan? Until(string? score, long now) =>
        score == "-inf" ? TimeSpan.FromSeconds(-MaxSeconds)
        : double.TryParse(score, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && !double.IsNaN(seconds)
            ? TimeSpan.FromSeconds(Math.Clamp(seconds - now / 1_000_000.0, -MaxSeconds, MaxSeconds))
        : null;

    /// <summary>Whole seconds, rounded up; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> is −1.</summary>
    public static long Seconds(TimeSpan span) =>
        span == System.Threading.Timeout.InfiniteTimeSpan ? -1 : Math.Min((long)Math.Ceiling(span.TotalSeconds), MaxSeconds);

    public static TimeSpan FromSeconds(long seconds) =>
        seconds < 0 ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds));

    /// <summary>The time in a registry's score. "Never" is −1 in the failed registry and infinite in the finished one: the last moment there is.</summary>
    public static DateTimeOffset FromScore(double score) =>
        !(score >= 0 && score < s_lastSecond) ? DateTimeOffset.MaxValue : DateTimeOffset.UnixEpoch.AddSeconds(score);

    /// <summary>A duration as Python prints a timedelta: <c>0:00:00.108709</c>.</summary>
    public static string PythonDuration(TimeSpan span)
    {
        string days = span.Days switch { 0 => "", 1 => "1 day, ", int n => $"{n} days, " };
        string fraction = span.Ticks % TimeSpan.TicksPerSecond / 10 is var micros && micros > 0 ? $".{micros:d6}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{days}{span.Hours}:{span.Minutes:d2}:{span.Seconds:d2}{fraction}");
    }
}
