using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool;

/// <summary>What all commands have in common that keep running and tell what they do.</summary>
internal abstract class LoggingSettings : ServerSettings
{
    public abstract string? LoggingLevel { get; init; }

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

    public override ValidationResult Validate() =>
        Verbose && Quiet ? ValidationResult.Error("--verbose and --quiet exclude each other.") : ValidationResult.Success();
}
