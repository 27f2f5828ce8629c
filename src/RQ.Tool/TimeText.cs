using System.Globalization;

namespace RQ.Tool;

/// <summary>RQ's notation of durations: seconds, or a whole number with the unit s, m, h or d, in either case.</summary>
internal static class TimeText
{
    // What timers can wait for; a longer wait is a mistyped number.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(49);

    /// <returns><see cref="Timeout.InfiniteTimeSpan"/> for −1; <c>null</c> when nothing is given.</returns>
    /// <exception cref="UsageException">It is no duration, or one that the option does not take.</exception>
    public static TimeSpan? Parse(string? text, string option, bool allowZero)
    {
        if (text is null)
            return null;
        long seconds = Seconds(text, option);
        if (seconds == -1)
            return Timeout.InfiniteTimeSpan;
        if (seconds < 0 || (seconds == 0 && !allowZero))
            throw new UsageException($"{option} must be above zero{(allowZero ? ", 0" : "")} or -1 for no limit.");
        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>How long to wait for something.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="option">Where, for the message.</param>
    /// <param name="least">The shortest that makes sense, in seconds.</param>
    /// <param name="allowsInfinite">Whether −1 means to wait for ever.</param>
    /// <returns><see cref="Timeout.InfiniteTimeSpan"/> for −1; <c>null</c> when nothing is given.</returns>
    /// <exception cref="UsageException">It is no duration, or out of range.</exception>
    public static TimeSpan? ParseWait(string? text, string option, int least = 1, bool allowsInfinite = false)
    {
        if (text is null)
            return null;
        long seconds = Seconds(text, option);
        if (seconds == -1 && allowsInfinite)
            return Timeout.InfiniteTimeSpan;
        return seconds >= least && seconds <= s_longestWait.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{option} must be from {least} s to {s_longestWait.TotalDays} days{(allowsInfinite ? ", or -1 to wait for ever" : "")}.");
    }

    private static long Seconds(string text, string option) =>
        Seconds(text.Trim())
        ?? throw new UsageException($"{option} '{text}' is no duration: write whole seconds, or a whole number with a unit, such as 90, 30s, 23m, 1h or 2d.");

    private static long? Seconds(string text)
    {
        if (Whole(text) is { } plain)
            return plain;
        long unit = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return unit > 0 && Whole(text[..^1]) is { } number ? number * unit : null;
    }

    // Within what fits a TimeSpan, whatever the unit.
    private static long? Whole(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long number)
        && number is >= -10_000_000 and <= 10_000_000
            ? number
            : null;
}
