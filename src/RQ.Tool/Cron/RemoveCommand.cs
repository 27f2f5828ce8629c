using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Cron;

/// <summary>Removes a schedule.</summary>
internal sealed class RemoveCommand : NamedCommand<OneSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, OneSettings settings, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        string note = await NoteAsync(settings, rq, cancellationToken).ConfigureAwait(false);
        if (!await rq.Cron.RemoveAsync(settings.Name, cancellationToken).ConfigureAwait(false))
            throw new CronNotFoundException(settings.Name);
        Console.Out.WriteLine($"Removed {PlainText.Line(settings.Name)}.{note}");
        return 0;
    }

    private static async Task<string> NoteAsync(OneSettings settings, RqConnection rq, CancellationToken cancellationToken)
    {
        try
        {
            return SourceNote.Of(await settings.FindAsync(rq, cancellationToken).ConfigureAwait(false));
        }
        catch (RqException exception) when (exception is not CronNotFoundException)
        {
            // One that cannot be read is gone all the sooner.
            return "";
        }
    }
}
