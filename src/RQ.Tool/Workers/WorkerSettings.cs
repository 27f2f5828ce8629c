using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Workers;

internal sealed class WorkerSettings : ServerSettings
{
    [CommandArgument(0, "[QUEUES]")]
    [Description("The queues it serves, the most important first. Default: default.")]
    public string[] Queues { get; init; } = [];

    [CommandOption("--assembly <FILE>")]
    [Description("An assembly whose public methods jobs may call. May be given several times.")]
    public string[] Assemblies { get; init; } = [];

    [CommandOption("-b|--burst")]
    [Description("Ends when the queues are empty.")]
    public bool Burst { get; init; }

    [CommandOption("-n|--name <NAME>")]
    [Description("The worker's name. Default: 32 random hex digits.")]
    public string? Name { get; init; }

    [CommandOption("--concurrency <N>")]
    [Description("How many jobs it runs at once.")]
    [DefaultValue(1)]
    public int Concurrency { get; init; } = 1;

    [CommandOption("--isolation <ISOLATION>")]
    [Description("Where jobs run.")]
    [DefaultValue(Isolation.WorkHorse)]
    public Isolation Isolation { get; init; } = Isolation.WorkHorse;

    [CommandOption("--results-ttl <SECONDS>")]
    [Description("How long results are kept of jobs that do not say so themselves; 0 not at all, -1 for ever.")]
    [DefaultValue(500)]
    public int ResultTtl { get; init; } = 500;

    [CommandOption("-v|--verbose")]
    [Description("Shows more.")]
    public bool Verbose { get; init; }

    [CommandOption("-q|--quiet")]
    [Description("Shows only warnings and errors.")]
    public bool Quiet { get; init; }

    public override ValidationResult Validate()
    {
        if (Verbose && Quiet)
            return ValidationResult.Error("--verbose and --quiet exclude each other.");
        if (Concurrency < 1)
            return ValidationResult.Error("--concurrency must be at least 1.");
        if (ResultTtl < -1)
            return ValidationResult.Error("--results-ttl must be a number of seconds, 0 for not at all, or -1 for ever.");
        if (Name is not null && string.IsNullOrWhiteSpace(Name))
            return ValidationResult.Error("--name must not be blank. Leave it out for a random name.");
        if (Array.Exists(Queues, string.IsNullOrEmpty))
            return ValidationResult.Error("A queue's name must not be empty.");
        return ValidationResult.Success();
    }
}
