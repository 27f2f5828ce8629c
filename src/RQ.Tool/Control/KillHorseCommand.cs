using Spectre.Console.Cli;

namespace RQ.Tool.Control;

/// <summary>Tells a worker to kill the work horse of the job that it runs: the job fails.</summary>
internal sealed class KillHorseCommand : AsyncCommand<WorkerControlSettings>
{
    public override Task<int> ExecuteAsync(CommandContext context, WorkerControlSettings settings, CancellationToken cancellationToken) =>
        WorkerControl.TellAsync(context, settings, Worker.SendKillHorseAsync, "to kill its work horse", cancellationToken);
}
