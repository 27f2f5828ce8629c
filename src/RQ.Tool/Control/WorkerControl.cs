using System.ComponentModel;
using RQ.Tool.Terminal;
using Spectre.Console.Cli;
using StackExchange.Redis;

namespace RQ.Tool.Control;

internal sealed class WorkerControlSettings : ServerSettings
{
    [CommandArgument(0, "<WORKER>")]
    [Description("The worker's name, as 'rq info' shows it.")]
    public string Name { get; init; } = "";
}

/// <summary>Commands to one worker.</summary>
internal static class WorkerControl
{
    public static async Task<int> TellAsync(WorkerControlSettings settings, string command, string what, CancellationToken cancellationToken)
    {
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (!await SendAsync(rq, settings.Name, command).ConfigureAwait(false))
            throw new ToolException($"No worker '{settings.Name}' listens. See 'rq info' for the names of those that do.");
        Console.Out.WriteLine($"Told worker {PlainText.Line(settings.Name)} {what}.");
        return 0;
    }

    /// <returns>Whether a worker was listening.</returns>
    private static async Task<bool> SendAsync(RqConnection rq, string worker, string command) =>
        await rq.Multiplexer.GetSubscriber()
            .PublishAsync(RedisChannel.Literal(rq.Keys.Commands(worker)), $$"""{"command": "{{command}}"}""").ConfigureAwait(false) > 0;
}
