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
        Rest.Refuse(context);
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CronEntry> entries = await rq.Cron.ListAsync(cancellationToken).ConfigureAwait(false);
        string[] unreadable = await UnreadableAsync(rq, entries, cancellationToken).ConfigureAwait(false);
        if (settings.Json)
            Console.Out.WriteLine(ScheduleJson.Of(entries, unreadable));
        else
            Console.Out.Write(ScheduleReport.Of(entries) + ScheduleReport.OfUnreadable(unreadable));
        return 0;
    }

    /// <summary>Those that are stored and were left out of the list.</summary>
    private static async Task<string[]> UnreadableAsync(RqConnection rq, IReadOnlyList<CronEntry> entries, CancellationToken cancellationToken)
    {
        string[] names = Array.ConvertAll(await rq.Primary.SetMembersAsync(rq.Keys.CronSchedules).WaitAsync(cancellationToken).ConfigureAwait(false), name => (string)name!);
        var unreadable = new List<string>();
        foreach (string name in names.Except(entries.Select(entry => entry.Name)).Order(StringComparer.Ordinal))
        {
            try
            {
                // Null, or one that was stored just now.
                await rq.Cron.FindAsync(name, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is RqException or ArgumentException)
            {
                unreadable.Add(name);
            }
        }

        return [.. unreadable];
    }
}
