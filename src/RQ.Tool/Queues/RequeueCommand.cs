using System.ComponentModel;
using RQ.Tool.Terminal;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Queues;

internal sealed class RequeueSettings : ServerSettings
{
    [CommandArgument(0, "[JOB_IDS]")]
    [Description("The failed or stopped jobs.")]
    public string[] JobIds { get; init; } = [];

    [CommandOption("--queue <QUEUE>")]
    [Description("The queue on which they failed, and to which they go back.")]
    public string? Queue { get; init; }

    [CommandOption("-a|--all")]
    [Description("All of the queue's failed and stopped jobs. Those that are gone meanwhile are passed over.")]
    public bool All { get; init; }

    [CommandOption("--strict")]
    [Description("With --all: exit code 1 when a job was passed over.")]
    public bool Strict { get; init; }

    public override ValidationResult Validate() =>
        string.IsNullOrEmpty(Queue) ? ValidationResult.Error("--queue is missing: say on which queue the jobs failed.") : ValidationResult.Success();
}

/// <summary>
/// Puts failed jobs back on their queue. Same as <c>requeue</c> in rq/cli/cli.py, but a job that cannot be requeued does not keep
/// the others from it.
/// </summary>
internal sealed class RequeueCommand : AsyncCommand<RequeueSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, RequeueSettings settings, CancellationToken cancellationToken)
    {
        string[] ids = [.. settings.JobIds.Concat(Rest.Of(context)).Distinct()];
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var failed = new JobRegistry(RegistryKind.Failed, settings.Queue!, rq);
        long count = settings.All ? await failed.CountAsync(cancellationToken).ConfigureAwait(false) : ids.Length;
        if (count == 0)
        {
            Console.Out.WriteLine("Nothing to do");
            return 0;
        }

        Console.Out.WriteLine($"Requeueing {count} jobs from failed queue");
        int skipped = settings.All
            ? (await failed.RequeueAllAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Skipped
            : await RequeueAsync(failed, ids, cancellationToken).ConfigureAwait(false);
        if (skipped > 0)
            Console.Out.WriteLine(Paint.Output.Red($"Unable to requeue {skipped} jobs from failed job registry"));
        // Of those that were named somebody wants to know; what was gone anyway is no error.
        return skipped > 0 && (!settings.All || settings.Strict) ? Failure.ExitCode : 0;
    }

    /// <returns>How many could not be requeued; which ones and why is told.</returns>
    private static async Task<int> RequeueAsync(JobRegistry failed, string[] ids, CancellationToken cancellationToken)
    {
        int skipped = 0;
        foreach (string id in ids)
        {
            try
            {
                await failed.RequeueAsync(id, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is InvalidJobOperationException or ArgumentException)
            {
                skipped++;
                Console.Error.WriteLine(Paint.Errors.Red($"rq: {PlainText.Line(exception.Message)}"));
            }
        }

        return skipped;
    }
}
