using System.ComponentModel;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

internal sealed class ListSettings : ServerSettings
{
    [CommandOption("--json")]
    [Description("For programs.")]
    public bool Json { get; init; }
}

/// <summary>Shows the stored schedules.</summary>
internal sealed class ListCommand : AsyncCommand<ListSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ListSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CronEntry> entries = await rq.Cron.ListAsync(cancellationToken).ConfigureAwait(false);
        if (settings.Json)
            Console.Out.WriteLine(ScheduleJson.Of(entries));
        else
            Console.Out.Write(ScheduleReport.Of(entries));
        return 0;
    }
}
