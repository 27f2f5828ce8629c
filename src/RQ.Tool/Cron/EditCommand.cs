using System.ComponentModel;
using RQ.Tool.Terminal;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

internal sealed class EditSettings : NamedSettings
{
    [CommandOption("--cron <EXPRESSION>")]
    [Description("When, as a cron expression.")]
    public string? Cron { get; init; }

    [CommandOption("--interval <TIME>")]
    [Description("When, as the time between two runs: seconds, or a number with s, m, h or d.")]
    public string? Interval { get; init; }

    [CommandOption("--time-zone <ZONE>")]
    [Description("The time zone of the cron expression, such as Europe/Berlin.")]
    public string? TimeZone { get; init; }

    [CommandOption("--queue <QUEUE>")]
    [Description("The queue of its jobs.")]
    public string? Queue { get; init; }

    [CommandOption("--missed-runs <RULE>")]
    [Description("What happens to times that passed while no scheduler ran: skip, once, or how many are made up for at most.")]
    public string? MissedRuns { get; init; }

    [CommandOption("--overlap <RULE>")]
    [Description("What happens when it is due while a job of it still waits or runs: allow, skip, queue-one or cancel-previous.")]
    public string? Overlap { get; init; }

    [CommandOption("--jitter <TIME>")]
    [Description("Over how much time its runs are spread.")]
    public string? Jitter { get; init; }

    [CommandOption("--starts-at <INSTANT>")]
    [Description("Before this it is not due, such as 2026-12-24T09:00:00Z; none for at once.")]
    public string? StartsAt { get; init; }

    [CommandOption("--ends-at <INSTANT>")]
    [Description("After this it is not due any more; none for never.")]
    public string? EndsAt { get; init; }

    public override ValidationResult Validate()
    {
        if (Cron is not null && Interval is not null)
            return ValidationResult.Error("--cron and --interval exclude each other.");
        if (Queue is { Length: 0 })
            return ValidationResult.Error("--queue must not be empty.");
        return (Cron ?? Interval ?? TimeZone ?? Queue ?? MissedRuns ?? Overlap ?? Jitter ?? StartsAt ?? EndsAt) is null
            ? ValidationResult.Error("There is nothing to change: give --cron, --interval, --time-zone, --queue, --missed-runs, --overlap, --jitter, --starts-at or --ends-at.")
            : ValidationResult.Success();
    }

    /// <exception cref="UsageException">An option cannot be; the message names it.</exception>
    public CronSchedule Change(CronSchedule schedule) => schedule with
    {
        Cron = Cron ?? (Interval is null ? schedule.Cron : null),
        Interval = Time(Interval, "--interval", allowZero: false) ?? (Cron is null ? schedule.Interval : null),
        TimeZone = TimeZone ?? schedule.TimeZone,
        Queue = Queue ?? schedule.Queue,
        MissedRuns = Word(MissedRuns, "--missed-runs", ScheduleWords.Missed) ?? schedule.MissedRuns,
        Overlap = Overlap is null ? schedule.Overlap : Word(Overlap, "--overlap", ScheduleWords.Overlap),
        Jitter = Time(Jitter, "--jitter", allowZero: true) ?? schedule.Jitter,
        StartsAt = Instant(StartsAt, "--starts-at", schedule.StartsAt),
        EndsAt = Instant(EndsAt, "--ends-at", schedule.EndsAt),
    };

    private static TimeSpan? Time(string? text, string option, bool allowZero)
    {
        TimeSpan? time = TimeText.Parse(text, option, allowZero: true);
        if (time == Timeout.InfiniteTimeSpan || (time == TimeSpan.Zero && !allowZero))
            throw new UsageException($"{option} must {(allowZero ? "not be negative" : "be above zero")}.");
        return time;
    }

    private static T? Word<T>(string? text, string option, Func<string, T> read)
    {
        try
        {
            return text is null ? default : read(text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{option}: {exception.Message}");
        }
    }

    private static DateTimeOffset? Instant(string? text, string option, DateTimeOffset? old)
    {
        if (text is null or "none")
            return text is null ? old : null;
        return InstantText.TryParse(text, out DateTimeOffset instant)
            ? instant
            : throw new UsageException($"{option} '{text}' is no time with an offset: {InstantText.Shape}.");
    }
}

/// <summary>Changes a stored schedule.</summary>
internal sealed class EditCommand : NamedCommand<EditSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, EditSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        CronEntry entry = await settings.FindAsync(rq, cancellationToken).ConfigureAwait(false);
        CronSchedule changed = entry.Schedule;
        bool isChanged;
        try
        {
            isChanged = await rq.Cron.UpdateAsync(settings.Name, schedule => changed = settings.Change(schedule), cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(ArgumentText.Of(exception));
        }

        Console.Out.WriteLine(isChanged
            ? $"Changed {PlainText.Line(settings.Name)}: {PlainText.Line(ScheduleReport.When(changed))}.{SourceNote.Of(entry)}"
            : $"Nothing has changed: {PlainText.Line(settings.Name)} was so already.");
        return 0;
    }
}
