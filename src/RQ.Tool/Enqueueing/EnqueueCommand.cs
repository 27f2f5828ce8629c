using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Enqueueing;

internal sealed class EnqueueCommand : AsyncCommand<EnqueueSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, EnqueueSettings settings, CancellationToken cancellationToken)
    {
        string queue = QueueNames.Check(settings.Queue);
        JobCall call = FunctionArguments.ToCall(settings.Function, [.. settings.Arguments, .. Rest.Of(context)]);
        JobOptions options = settings.ToJobOptions(call);
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        Job job = await EnqueueAsync(new Queue(queue, rq), call, options).ConfigureAwait(false);
        if (!settings.Quiet)
            Console.Out.WriteLine($"Enqueued {Paint.Output.Blue(PlainText.Line(call.ToString()))} with job-id '{job.Id}'.");
        return 0;
    }

    private static async Task<Job> EnqueueAsync(Queue queue, JobCall call, JobOptions options)
    {
        try
        {
            return await queue.EnqueueAsync(call, options).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(ArgumentText.Of(exception));
        }
    }
}
