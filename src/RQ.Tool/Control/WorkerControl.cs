using System.ComponentModel;
using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Control;

internal sealed class WorkerControlSettings : ServerSettings
{
    [CommandArgument(0, "[WORKER]")]
    [Description("The worker's name, as 'rq info' shows it. One that begins with a dash goes behind '--'.")]
    public string? Name { get; init; }
}

/// <summary>Commands to one worker.</summary>
internal static class WorkerControl
{
    /// <param name="context">The command's.</param>
    /// <param name="settings">Which worker, and where.</param>
    /// <param name="send">Sends the command; returns whether a worker was listening.</param>
    /// <param name="what">What it is told.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UsageException">No worker is named, or several.</exception>
    /// <exception cref="ToolException">Nobody of that name listens.</exception>
    public static async Task<int> TellAsync(
        CommandContext context, WorkerControlSettings settings, Func<RqConnection, string, CancellationToken, Task<bool>> send, string what, CancellationToken cancellationToken)
    {
        string name = Rest.One(context, settings.Name, "WORKER", "which worker? 'rq info' shows their names.");
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (!await send(rq, name, cancellationToken).ConfigureAwait(false))
            throw new ToolException($"No worker '{name}' listens. See 'rq info' for the names of those that do.");
        Console.Out.WriteLine($"Told worker {PlainText.Line(name)} {what}.");
        return 0;
    }
}
