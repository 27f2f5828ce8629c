using System.Globalization;
using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

internal sealed class SchedulersSettings : ServerSettings;

/// <summary>Lists the processes that run cron schedules, ours and Python's.</summary>
internal sealed class SchedulersCommand : AsyncCommand<SchedulersSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SchedulersSettings settings, CancellationToken cancellationToken)
    {
        Rest.Refuse(context);
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<CronSchedulerInfo> schedulers = await rq.Cron.ListSchedulersAsync(cancellationToken).ConfigureAwait(false);
        foreach (CronSchedulerInfo each in schedulers)
        {
            string seen = each.LastHeartbeat?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "never";
            // Ours runs all that are stored, whatever file it was started with.
            string file = each.ConfigFile.Length == 0 ? "" : $" (started with {each.ConfigFile})";
            Console.Out.WriteLine(PlainText.Line($"{each.Name} ({each.HostName ?? "unknown"} {each.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}): runs {each.Jobs.Count} schedules{file}, last seen {seen} UTC"));
        }

        Console.Out.WriteLine($"{schedulers.Count} schedulers{(schedulers.Count > 0 ? "; those that stand by are not listed" : "")}");
        return 0;
    }
}
