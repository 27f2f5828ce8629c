using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>Lets a schedule rest.</summary>
internal sealed class PauseScheduleCommand : NamedCommand<OneSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, OneSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (!await rq.Cron.PauseAsync(settings.Name, cancellationToken).ConfigureAwait(false))
            throw new CronNotFoundException(settings.Name);
        Console.Out.WriteLine($"Paused {PlainText.Line(settings.Name)}. 'rq cron resume' lets it go on.");
        return 0;
    }
}
