using System.ComponentModel;
using RQ.Tool.Schedulers;
using RQ.Tool.Terminal;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

internal sealed class RunSettings : SchedulerProcessSettings
{
    [CommandArgument(0, "[FILE]")]
    [Description("A table of schedules in JSON: {\"schedules\": [[{\"name\": …, \"function\": …, \"cron\": …}]]}.")]
    public string? GivenFile { get; init; }

    /// <summary>The file, wherever it was given.</summary>
    public string File { get; private set; } = "";

    [CommandOption("--check")]
    [Description("Only says what is wrong with the file, or lists its schedules with their next times; needs no server.")]
    public bool Check { get; init; }

    [CommandOption("--store")]
    [Description("Stores the table and ends: schedulers that run elsewhere see to it.")]
    public bool Store { get; init; }

    public override ValidationResult Validate() =>
        Check && Store ? ValidationResult.Error("--check and --store exclude each other.") : base.Validate();

    /// <param name="rest">What follows <c>--</c>.</param>
    public ValidationResult Take(string[] rest)
    {
        string[] given = GivenFile is null ? rest : [GivenFile, .. rest];
        File = given.FirstOrDefault("");
        return given.Length == 1 && File.Length > 0
            ? ValidationResult.Success()
            : ValidationResult.Error(given.Length > 1 ? $"One FILE is enough; there are {given.Length}." : "FILE is missing: a table of schedules in JSON.");
    }
}

/// <summary>Stores the schedules of a file and runs all that are stored, until it is told to stop.</summary>
internal sealed class RunCommand : AsyncCommand<RunSettings>
{
    public override ValidationResult Validate(CommandContext context, RunSettings settings) => settings.Take(Rest.Of(context));

    public override async Task<int> ExecuteAsync(CommandContext context, RunSettings settings, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        ScheduleFile file = ScheduleFile.Read(settings.File);
        if (settings.Check)
        {
            Console.Out.Write(ScheduleReport.Of(file.Schedules, time.GetUtcNow()));
            foreach (CronSchedule schedule in file.Schedules.Where(BothDays.AreGiven))
                Console.Error.WriteLine(PlainText.Line($"Note: {schedule.Name}: {BothDays.Note}"));
            return 0;
        }

        if (settings.Store)
        {
            await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await StoreAsync(rq, file, settings.File, cancellationToken).ConfigureAwait(false);
            Console.Out.WriteLine($"Stored {file.Schedules.Count} schedules.");
            return 0;
        }

        ProcessName.Set("rq cron");
        return await SchedulerProcess.RunAsync(settings, "rq.cron", async (rq, loggers, stopping) =>
        {
            await StoreAsync(rq, file, settings.File, stopping).ConfigureAwait(false);
            ToolLog.SchedulesStored(loggers.CreateLogger("rq.cron"), file.Schedules.Count, settings.File);
            await new Scheduler([], rq, new SchedulerOptions { LoggerFactory = loggers, ConfigFile = settings.File }).RunAsync(stopping).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static async Task StoreAsync(RqConnection rq, ScheduleFile file, string path, CancellationToken cancellationToken)
    {
        try
        {
            await rq.Cron.ReplaceAsync(file.Source, file.Schedules, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw new ToolException($"{path}: {ArgumentText.Of(exception)}", exception);
        }
    }
}
