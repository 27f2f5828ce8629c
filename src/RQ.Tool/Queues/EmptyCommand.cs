using System.ComponentModel;
using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Queues;

internal sealed class EmptySettings : ServerSettings
{
    [CommandArgument(0, "[QUEUES]")]
    [Description("The queues whose waiting jobs are deleted. Jobs that run, or are due later, stay.")]
    public string[] Queues { get; init; } = [];

    [CommandOption("-a|--all")]
    [Description("All queues that there are.")]
    public bool All { get; init; }
}

/// <summary>Deletes the jobs that wait on queues. Same as <c>empty</c> in rq/cli/cli.py.</summary>
internal sealed class EmptyCommand : AsyncCommand<EmptySettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, EmptySettings settings, CancellationToken cancellationToken)
    {
        string[] names = QueueNames.Of(settings.Queues, context);
        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Queue> queues = settings.All
            ? await Queue.AllAsync(rq, cancellationToken).ConfigureAwait(false)
            : [.. names.Distinct().Select(name => new Queue(name, rq))];
        if (queues.Count == 0)
            Console.Out.WriteLine("Nothing to do");
        foreach (Queue queue in queues)
        {
            int count = await queue.EmptyAsync(cancellationToken).ConfigureAwait(false);
            Console.Out.WriteLine($"{count} jobs removed from {PlainText.Line(queue.Name)} queue");
        }

        return 0;
    }
}
