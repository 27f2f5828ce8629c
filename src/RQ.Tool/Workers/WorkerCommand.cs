using Spectre.Console.Cli;

namespace RQ.Tool.Workers;

internal sealed class WorkerCommand : AsyncCommand<WorkerSettings>
{
    public override Task<int> ExecuteAsync(CommandContext context, WorkerSettings settings, CancellationToken cancellationToken) =>
        WorkerProcess.RunAsync(settings, QueueNames.Of(settings.Queues, context));
}
