using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Workers;

internal sealed class WorkerSettings : CommonWorkerSettings
{
    [CommandOption("-n|--name <NAME>")]
    [Description("The worker's name. Default: 32 random hex digits.")]
    public string? Name { get; init; }

    [CommandOption("--logging_level|--logging-level <LEVEL>")]
    [Description("DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO.")]
    public override string? LoggingLevel { get; init; }

    [CommandOption("-s|--with-scheduler")]
    [Description("Also moves the scheduled jobs of its queues when they are due, and runs the cron schedules. Of many workers that do, one at a time does it for each queue.")]
    public override bool WithScheduler { get; init; }

    [CommandOption("--pid <FILE>")]
    [Description("A file to hold the process's id while it runs.")]
    public string? Pid { get; init; }

    public override ValidationResult Validate() =>
        Name is not null && string.IsNullOrWhiteSpace(Name)
            ? ValidationResult.Error("--name must not be blank. Leave it out for a random name.")
            : base.Validate();
}
