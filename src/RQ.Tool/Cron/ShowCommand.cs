using System.ComponentModel;
using RQ.Scheduling;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

internal sealed class ShowSettings : NamedSettings
{
    [CommandOption("-n|--times <N>")]
    [Description("How many of its next times are shown, in its own time zone.")]
    [DefaultValue(5)]
    public int Times { get; init; } = 5;

    [CommandOption("--json")]
    [Description("For programs.")]
    public bool Json { get; init; }

    public override ValidationResult Validate() =>
        Times is < 0 or > 10_000 ? ValidationResult.Error("--times must be from 0 to 10000.") : ValidationResult.Success();
}

/// <summary>Shows all of one schedule, and its next times.</summary>
internal sealed class ShowCommand : NamedCommand<ShowSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ShowSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        CronEntry entry = await settings.FindAsync(rq, cancellationToken).ConfigureAwait(false);
        (IReadOnlyList<DateTimeOffset> next, string? problem) = NextTimes(entry, settings.Times, rq.TimeProvider.GetUtcNow());
        if (settings.Json)
            Console.Out.WriteLine(ScheduleJson.Of(entry, next, problem));
        else
            Console.Out.Write(ScheduleReport.Of(entry, next, problem));
        return 0;
    }

    /// <summary>An interval without a start is counted from the first run, which only the stored next time tells.</summary>
    /// <returns>The times, or why they are not known on this machine, which may lack the time zone.</returns>
    private static (IReadOnlyList<DateTimeOffset> Times, string? Problem) NextTimes(CronEntry entry, int count, DateTimeOffset now)
    {
        CronSchedule schedule = entry.Schedule;
        if (schedule is { Interval: not null, StartsAt: null })
            schedule = schedule with { StartsAt = entry.LastTime ?? entry.NextTime ?? entry.CreatedAt };
        try
        {
            // Also of a paused one: whether they can be known is worth telling.
            IReadOnlyList<DateTimeOffset> times = schedule.Preview(now, count);
            return (entry.IsPaused ? [] : times, null);
        }
        catch (ArgumentException exception)
        {
            return ([], ArgumentText.Of(exception, CronDefinition.Introduction(schedule.Name)));
        }
    }
}
