using System.Collections.Concurrent;
using Cronos;

namespace RQ.Scheduling;

/// <summary>
/// A cron expression that was read, and its matches on a calendar without time zone: local times as seconds from 1970-01-01 00:00 on the wall clock.
/// </summary>
internal sealed class CronText
{
    private const string Fields = "minute (0-59), hour (0-23), day of the month (1-31), month (1-12), day of the week (0-7 or SUN-SAT)";
    private const string Macros = "@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, @every_minute or @every_second";

    /// <summary>More expressions than any site has; when it is full it starts again.</summary>
    private const int MostKept = 2000;

    private static readonly ConcurrentDictionary<string, CronText> s_read = new(StringComparer.Ordinal);

    private readonly CronExpression _expression;

    private CronText(CronExpression expression, bool isInterval)
    {
        _expression = expression;
        IsInterval = isInterval;
    }

    /// <summary>
    /// Whether second, minute or hour has a star, a step or a range: such an expression means "every so often", others mean times of the day.
    /// </summary>
    public bool IsInterval { get; }

    /// <summary>Reads an expression, or takes it from those that were read before.</summary>
    /// <exception cref="FormatException">It cannot be read; the message is a sentence that says why and what would be right.</exception>
    public static CronText Read(string text)
    {
        if (s_read.TryGetValue(text, out CronText? known))
            return known;
        CronText cron = text.TrimStart().StartsWith('@') ? ReadMacro(text.Trim()) : ReadFields(text);
        if (s_read.Count >= MostKept)
            s_read.Clear();
        return s_read.GetOrAdd(text, cron);
    }

    /// <summary>The first match at or after a local time; <c>null</c> when there is none on the calendar.</summary>
    public long? From(long local) =>
        _expression.GetNextOccurrence(DateTime.UnixEpoch.AddSeconds(local), inclusive: true) is { } match
            ? (match.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond
            : null;

    private static CronText ReadMacro(string macro)
    {
        if (macro.StartsWith("@every", StringComparison.OrdinalIgnoreCase) && !macro.StartsWith("@every_", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException(
                $"@every is not a macro here. For a time between two runs, give an interval instead of an expression; possible macros are {Macros}.");
        }

        if (macro.Equals("@reboot", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException("@reboot is not possible: a schedule belongs to the Redis database, not to a machine that starts. "
                + "Enqueue the job when your program starts.");
        }

        try
        {
            bool isInterval = macro.Equals("@hourly", StringComparison.OrdinalIgnoreCase) || macro.StartsWith("@every_", StringComparison.OrdinalIgnoreCase);
            return new CronText(CronExpression.Parse(macro), isInterval);
        }
        catch (CronFormatException)
        {
            throw new FormatException($"it is not a macro. Possible are {Macros}.");
        }
    }

    private static CronText ReadFields(string text)
    {
        string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length is not (5 or 6))
        {
            string year = fields.Length == 7 ? " A year cannot be given: give the schedule a start and an end." : "";
            throw new FormatException($"it has {fields.Length} {(fields.Length == 1 ? "field" : "fields")}. Right are five: {Fields}; or six, with second (0-59) in front.{year}");
        }
        try
        {
            CronExpression expression = CronExpression.Parse(string.Join(' ', fields), fields.Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
            return new CronText(expression, fields.SkipLast(3).Any(field => field.AsSpan().ContainsAny("*?/-")));
        }
        catch (MissingSeedException)
        {
            throw new FormatException("H is not possible. Give a time, and a jitter to spread the runs of many schedules.");
        }
        catch (CronFormatException e)
        {
            string seconds = fields.Length == 6 ? "second (0-59), " : "";
            string reason = e.Message.Replace("The given cron expression has an invalid format. ", "", StringComparison.Ordinal).TrimEnd('.');
            throw new FormatException($"{reason}. The fields are {seconds}{Fields}.", e);
        }
    }
}
