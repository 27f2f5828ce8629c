using System.ComponentModel;
using RQ.Tool.Workers;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Schedulers;

/// <summary>What processes that keep running and are no workers have in common.</summary>
internal abstract class SchedulerProcessSettings : ServerSettings, ILogSettings
{
    [CommandOption("-l|--logging-level|--logging_level <LEVEL>")]
    [Description("DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO.")]
    public string? LoggingLevel { get; init; }

    [CommandOption("--log-format <FORMAT>")]
    [Description("Log lines in Python's notation, of %(asctime)s, %(message)s, %(levelname)s, %(name)s and a few more. Default: '%(asctime)s %(message)s'.")]
    public string? LogFormat { get; init; }

    [CommandOption("--date-format <FORMAT>")]
    [Description("What %(asctime)s shows, in strftime's notation. Default: '%H:%M:%S'.")]
    public string? DateFormat { get; init; }

    [CommandOption("-v|--verbose")]
    [Description("Shows more.")]
    public bool Verbose { get; init; }

    [CommandOption("-q|--quiet")]
    [Description("Shows only warnings and errors.")]
    public bool Quiet { get; init; }

    [CommandOption("--pid <FILE>")]
    [Description("A file to hold the process's id while it runs.")]
    public string? Pid { get; init; }

    public override ValidationResult Validate() =>
        Verbose && Quiet ? ValidationResult.Error("--verbose and --quiet exclude each other.") : ValidationResult.Success();
}
