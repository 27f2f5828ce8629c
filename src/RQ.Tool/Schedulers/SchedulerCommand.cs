using System.ComponentModel;
using Spectre.Console.Cli;

namespace RQ.Tool.Schedulers;

internal sealed class SchedulerSettings : SchedulerProcessSettings
{
    [CommandArgument(0, "[QUEUES]")]
    [Description("The queues whose scheduled jobs it moves. Default: all, also those that come into being later.")]
    public string[] Queues { get; init; } = [];

    [CommandOption("--no-cron")]
    [Description("Does not run the cron schedules. Default: it does, whatever their queues are.")]
    public bool NoCron { get; init; }
}

/// <summary>A scheduler without a worker.</summary>
internal sealed class SchedulerCommand : AsyncCommand<SchedulerSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SchedulerSettings settings, CancellationToken cancellationToken)
    {
        ProcessName.Set("rq scheduler");
        string[] queues = [.. QueueNames.Of(settings.Queues, context).Distinct()];
        return await SchedulerProcess.RunAsync(settings, "rq.scheduler", async (rq, loggers, stopping) =>
        {
            var options = new SchedulerOptions { RunsCron = !settings.NoCron, LoggerFactory = loggers };
            Scheduler scheduler = queues.Length == 0 ? new Scheduler(rq, options) : new Scheduler(queues, rq, options);
            await scheduler.RunAsync(stopping).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
