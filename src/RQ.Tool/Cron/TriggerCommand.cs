using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>Enqueues a job of a schedule now.</summary>
internal sealed class TriggerCommand : NamedCommand<OneSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, OneSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        Job? job = await rq.Cron.TriggerAsync(settings.Name, cancellationToken).ConfigureAwait(false);
        if (job is null)
            throw new ToolException($"Nothing was enqueued: a job of '{settings.Name}' waits or runs already, and its rule for overlaps says no to one more.");
        Console.Out.WriteLine($"Enqueued {PlainText.Line(settings.Name)} with job-id '{job.Id}'.");
        return 0;
    }
}
