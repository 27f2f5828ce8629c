using Spectre.Console.Cli;

namespace RQ.Tool.Control;

internal sealed class ResumeSettings : ServerSettings;

/// <summary>Ends a suspension.</summary>
internal sealed class ResumeCommand : AsyncCommand<ResumeSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ResumeSettings settings, CancellationToken cancellationToken)
    {
        Rest.Refuse(context);
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await Worker.ResumeAllAsync(rq, cancellationToken).ConfigureAwait(false);
        Console.Out.WriteLine("Resuming workers.");
        return 0;
    }
}
