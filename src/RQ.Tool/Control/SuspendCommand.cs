using System.ComponentModel;
using Spectre.Console.Cli;

namespace RQ.Tool.Control;

internal sealed class SuspendSettings : ServerSettings
{
    [CommandOption("--duration <TIME>")]
    [Description("After what time they go on by themselves. Default: not before 'rq resume'.")]
    public string? Duration { get; init; }
}

/// <summary>Lets all workers take no more jobs.</summary>
internal sealed class SuspendCommand : AsyncCommand<SuspendSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SuspendSettings settings, CancellationToken cancellationToken)
    {
        Rest.Refuse(context);
        TimeSpan? duration = TimeText.Parse(settings.Duration, "--duration", allowZero: true);
        if (duration is { } time && time < TimeSpan.FromSeconds(1))
        {
            // RQ's words, though 1 will do.
            Console.Out.WriteLine("Duration must be an integer greater than 1");
            return Failure.ExitCode;
        }

        await using RqConnection rq = await settings.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await Worker.SuspendAllAsync(rq, duration, cancellationToken).ConfigureAwait(false);
        Console.Out.WriteLine(duration is { } limit
            ? $"Suspending workers for {(long)limit.TotalSeconds} seconds.  No new jobs will be started during that time, but then will automatically resume"
            : "Suspending workers.  No new jobs will be started.  But current jobs will be completed");
        return 0;
    }
}
