using Spectre.Console.Cli;

namespace RQ.Tool.Control;

/// <summary>Tells a worker to finish its jobs and end.</summary>
internal sealed class ShutdownCommand : AsyncCommand<WorkerControlSettings>
{
    public override Task<int> ExecuteAsync(CommandContext context, WorkerControlSettings settings, CancellationToken cancellationToken) =>
        WorkerControl.TellAsync(context, settings, Worker.SendShutdownAsync, "to finish its jobs and end", cancellationToken);
}
