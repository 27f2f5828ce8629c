using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>The subcommands of <c>rq cron</c>.</summary>
internal static class CronCommands
{
    private static readonly Type[] s_settings = [typeof(RunSettings), typeof(ListSettings), typeof(ShowSettings), typeof(OneSettings), typeof(EditSettings), typeof(SchedulersSettings)];

    // A template is -u|--url <URL>; without <…> no value follows.
    private static readonly HashSet<string> s_withValue = [.. s_settings
        .SelectMany(settings => settings.GetProperties())
        .SelectMany(property => property.GetCustomAttributesData().Where(data => data.AttributeType == typeof(CommandOptionAttribute)))
        .Select(data => (string)data.ConstructorArguments[0].Value!)
        .Where(template => template.Contains('<', StringComparison.Ordinal))
        .SelectMany(template => template.Split(' ')[0].Split('|'))];

    /// <summary>Anything else behind <c>rq cron</c> is a file for <c>run</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["run", "list", "show", "pause", "resume", "trigger", "edit", "remove", "schedulers"];

    /// <summary>
    /// RQ's <c>rq cron FILE</c> is <c>rq cron run FILE</c> here, beside the commands that manage what is stored. The first word that is neither an option nor an option's
    /// value says which it is, also behind options.
    /// </summary>
    public static string[] WithName(string[] arguments, string[] rest)
    {
        if (arguments is not ["cron", ..] || (arguments.Length == 1 && rest.Length == 0))
            return arguments;
        for (int i = 1; i < arguments.Length; i++)
        {
            if (arguments[i] is "-h" or "--help")
                return arguments;
            if (Names.Contains(arguments[i]))
                return ["cron", arguments[i], .. arguments[1..i], .. arguments[(i + 1)..]];
            if (!arguments[i].StartsWith('-'))
                break;
            if (s_withValue.Contains(arguments[i]))
                i++;
        }

        return ["cron", "run", .. arguments[1..]];
    }

    /// <summary><c>rq cron</c> alone, where the command line library would print its help as if all were well.</summary>
    public static string? Problem(string[] arguments, string[] rest) => arguments is ["cron"] && rest.Length == 0
        ? $"'rq cron' needs a file of schedules to run, or a command: {string.Join(", ", Names)}."
        : null;

    public static void Add(IConfigurator rq, string[] rest) => rq.AddBranch("cron", cron =>
    {
        cron.SetDescription("Runs the cron schedules of a file ('rq cron FILE'), and manages those that are stored.");
        cron.AddCommand<RunCommand>("run").WithData(rest)
            .WithDescription("Stores the schedules of a JSON file and runs all that are stored, until it is told to stop. 'run' may be left out.")
            .WithExample("cron", "schedules.json")
            .WithExample("cron", "run", "schedules.json", "--check");
        cron.AddCommand<ListCommand>("list").WithData(rest).WithDescription("Lists the stored schedules.");
        cron.AddCommand<ShowCommand>("show").WithData(rest).WithDescription("Shows one schedule and its next times.").WithExample("cron", "show", "report", "-n", "10");
        cron.AddCommand<PauseScheduleCommand>("pause").WithData(rest).WithDescription("Lets a schedule rest.");
        cron.AddCommand<ResumeScheduleCommand>("resume").WithData(rest).WithDescription("Lets a paused schedule go on, with its first time from now on.");
        cron.AddCommand<TriggerCommand>("trigger").WithData(rest).WithDescription("Enqueues a job of a schedule now.");
        cron.AddCommand<EditCommand>("edit").WithData(rest)
            .WithDescription("Changes a stored schedule.")
            .WithExample("cron", "edit", "report", "--cron", "'0 10 * * *'", "--time-zone", "Europe/Berlin");
        cron.AddCommand<RemoveCommand>("remove").WithData(rest).WithDescription("Removes a schedule; its jobs stay.");
        cron.AddCommand<SchedulersCommand>("schedulers").WithData(rest).WithDescription("Lists the processes that run cron schedules.");
    });
}
