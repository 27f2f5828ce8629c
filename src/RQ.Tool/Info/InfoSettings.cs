using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Info;

internal sealed class InfoSettings : ServerSettings
{
    [CommandArgument(0, "[QUEUES]")]
    [Description("Only these queues and their workers. Default: all.")]
    public string[] Queues { get; init; } = [];

    [CommandOption("-r|--raw")]
    [Description("Prints numbers only: no bars, no totals.")]
    public bool Raw { get; init; }

    [CommandOption("-Q|--only-queues")]
    [Description("Shows only the queues.")]
    public bool OnlyQueues { get; init; }

    [CommandOption("-W|--only-workers")]
    [Description("Shows only the workers.")]
    public bool OnlyWorkers { get; init; }

    [CommandOption("-R|--by-queue")]
    [Description("Shows the workers of each queue.")]
    public bool ByQueue { get; init; }

    [CommandOption("-i|--interval <SECONDS>")]
    [Description("Shows it again every so many seconds, until Ctrl-C.")]
    public double? Interval { get; init; }

    // A year and more is a mistyped number, and too long for a timer.
    public override ValidationResult Validate() =>
        Interval is { } seconds && !(seconds > 0 && seconds <= 1_000_000)
            ? ValidationResult.Error("--interval must be a number of seconds above zero.")
            : ValidationResult.Success();
}
