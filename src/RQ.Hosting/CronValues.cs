using System.Globalization;
using Microsoft.Extensions.Configuration;
using RQ.Scheduling;

namespace RQ;

/// <summary>Reads the values of a cron schedule in the configuration: the words of the file of <c>rq cron</c>, and those of .NET. What cannot be is told by its key.</summary>
internal sealed class CronValues(IConfigurationSection section, List<string> problems)
{
    /// <summary>A duration, such as <c>5m</c> or <c>00:05:00</c>. A plain number is none: in configurations of .NET it would mean days.</summary>
    public TimeSpan? Time(string? text, string name)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return ClockText.Clock(text.Trim()) ?? ClockText.WithUnit(text)
            ?? Refuse<TimeSpan?>(text, name, $"which is no time. Write a number with a unit, such as '30s', '5m', '1h' or '2d', or '00:05:00' (hours, minutes and seconds).");
    }

    /// <summary>The same where only whole seconds count, and <c>-1</c> (<c>-00:00:00.001</c>, .NET's own word) means no end.</summary>
    public TimeSpan? Seconds(string? text, string name)
    {
        if (text?.Trim() is "-1" or "-00:00:00.001" or "-00:00:00.0010000")
            return Timeout.InfiniteTimeSpan;
        TimeSpan? time = Time(text, name);
        return time is { } given && given.Ticks % TimeSpan.TicksPerSecond != 0 ? Refuse<TimeSpan?>(text!, name, "which is no whole number of seconds.") : time;
    }

    public MissedRuns Missed(string text, string name)
    {
        try
        {
            return MissedRuns.Parse(text.Trim().ToLowerInvariant());
        }
        catch (FormatException exception)
        {
            problems.Add($"'{section.Path}:{name}': {exception.Message}");
            return MissedRuns.RunOnce;
        }
    }

    /// <summary><c>queue-one</c>, or as in code <c>QueueOne</c>.</summary>
    public CronOverlap Overlap(string text, string name)
    {
        if (OverlapText.ReadWord(text.Trim().ToLowerInvariant()) is { } rule)
            return rule;
        return char.IsAsciiLetter(text.TrimStart().FirstOrDefault()) && Enum.TryParse(text, ignoreCase: true, out CronOverlap named)
            ? named
            : Refuse<CronOverlap>(text, name, $"which says nothing about overlapping runs. Write {OverlapText.Words}.");
    }

    public DateTimeOffset? Instant(string? text, string name)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset instant)
            ? instant
            : Refuse<DateTimeOffset?>(text, name, "which is no time. Write '2026-12-24T09:00:00+01:00'; without an offset it is UTC.");
    }

    private T? Refuse<T>(string text, string name, string why)
    {
        problems.Add($"'{section.Path}:{name}' is '{text}', {why}");
        return default;
    }
}
