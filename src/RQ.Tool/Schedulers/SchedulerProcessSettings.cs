using System.ComponentModel;
using Spectre.Console.Cli;

namespace RQ.Tool.Schedulers;

/// <summary>What processes that keep running and are no workers have in common.</summary>
internal abstract class SchedulerProcessSettings : LoggingSettings
{
    [CommandOption("-l|--logging-level|--logging_level <LEVEL>")]
    [Description("DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO.")]
    public override string? LoggingLevel { get; init; }

    [CommandOption("--pid <FILE>")]
    [Description("A file to hold the process's id while it runs.")]
    public string? Pid { get; init; }
}
