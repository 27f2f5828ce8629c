using RQ.Tool.Terminal;
using Spectre.Console.Cli;

namespace RQ.Tool.Info;

internal sealed class InfoCommand : AsyncCommand<InfoSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, InfoSettings settings, CancellationToken cancellationToken)
    {
        string[] queues = QueueNames.Of(settings.Queues, context);
        using StopSignals signals = StopSignals.Listen();
        try
        {
            await using RqConnection rq = await settings.ConnectAsync(signals.Stopping).ConfigureAwait(false);
            var reader = new InfoReader(rq);
            var report = new InfoReport(settings, Paint.Output);
            do
            {
                Snapshot snapshot = await reader.ReadAsync(queues).ConfigureAwait(false);
                Console.Out.Write(report.Write(snapshot, isRepeated: settings.Interval is not null));
            }
            while (await NextAsync(settings.Interval, signals.Stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Ctrl-C is how it ends.
        }

        return 0;
    }

    private static async Task<bool> NextAsync(double? interval, CancellationToken stopping)
    {
        if (interval is not { } seconds)
            return false;
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, stopping).ConfigureAwait(false);
        return true;
    }
}
