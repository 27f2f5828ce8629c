using System.ComponentModel;
using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Control;

internal sealed class StopSettings : ServerSettings
{
    [CommandArgument(0, "[JOB_ID]")]
    [Description("A job that runs. An id that begins with a dash goes behind '--'.")]
    public string? JobId { get; init; }
}

/// <summary>Tells the worker that runs a job to stop it.</summary>
internal sealed class StopCommand : AsyncCommand<StopSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, StopSettings settings, CancellationToken cancellationToken)
    {
        string id = Rest.One(context, settings.JobId, "JOB_ID", "which job?");
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        Job job = await Job.FetchAsync(id, rq, cancellationToken).ConfigureAwait(false);
        await job.StopAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        Console.Out.WriteLine($"Told worker {PlainText.Line(job.WorkerName ?? "")} to stop job {PlainText.Line(job.Id)}.");
        return 0;
    }
}
