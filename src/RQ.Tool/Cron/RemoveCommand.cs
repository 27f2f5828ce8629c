using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>Removes a schedule.</summary>
internal sealed class RemoveCommand : AsyncCommand<OneSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, OneSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        CronEntry entry = await settings.FindAsync(rq, cancellationToken).ConfigureAwait(false);
        if (!await rq.Cron.RemoveAsync(settings.Name, cancellationToken).ConfigureAwait(false))
            throw new CronNotFoundException(settings.Name);
        Console.Out.WriteLine($"Removed {PlainText.Line(settings.Name)}.{SourceNote.Of(entry)}");
        return 0;
    }
}
