using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>The subcommands of <c>rq cron</c>.</summary>
internal static class CronCommands
{
    /// <summary>Anything else behind <c>rq cron</c> is a file for <c>run</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["run", "list", "show", "pause", "resume", "trigger", "edit", "remove", "schedulers"];

    public static void Add(IConfigurator rq) => rq.AddBranch("cron", cron =>
    {
        cron.SetDescription("Runs the cron schedules of a file ('rq cron FILE'), and manages those that are stored.");
        cron.AddCommand<RunCommand>("run")
            .WithDescription("Stores the schedules of a JSON file and runs all that are stored, until it is told to stop. 'run' may be left out.")
            .WithExample("cron", "schedules.json")
            .WithExample("cron", "run", "schedules.json", "--check");
        cron.AddCommand<ListCommand>("list").WithDescription("Lists the stored schedules.");
        cron.AddCommand<ShowCommand>("show").WithDescription("Shows one schedule and its next times.").WithExample("cron", "show", "report", "-n", "10");
        cron.AddCommand<PauseScheduleCommand>("pause").WithDescription("Lets a schedule rest.");
        cron.AddCommand<ResumeScheduleCommand>("resume").WithDescription("Lets a paused schedule go on, with its first time from now on.");
        cron.AddCommand<TriggerCommand>("trigger").WithDescription("Enqueues a job of a schedule now.");
        cron.AddCommand<EditCommand>("edit")
            .WithDescription("Changes a stored schedule.")
            .WithExample("cron", "edit", "report", "--cron", "'0 10 * * *'", "--time-zone", "Europe/Berlin");
        cron.AddCommand<RemoveCommand>("remove").WithDescription("Removes a schedule; its jobs stay.");
        cron.AddCommand<SchedulersCommand>("schedulers").WithDescription("Lists the processes that run cron schedules.");
    });
}
