using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>Lets a paused schedule go on.</summary>
internal sealed class ResumeScheduleCommand : NamedCommand<OneSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, OneSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (!await rq.Cron.ResumeAsync(settings.Name, cancellationToken).ConfigureAwait(false))
            throw new CronNotFoundException(settings.Name);
        Console.Out.WriteLine($"Resumed {PlainText.Line(settings.Name)}.");
        return 0;
    }
}
