using System.ComponentModel;
using RQ.Redis;
using RQ.Tool.Workers;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.WorkerPools;

internal sealed class WorkerPoolSettings : CommonWorkerSettings
{
    [CommandOption("-n|--num-workers <N>")]
    [Description("How many workers it runs, each a process of its own.")]
    [DefaultValue(1)]
    public int NumWorkers { get; init; } = 1;

    [CommandOption("--name <NAME>")]
    [Description("Names the workers NAME-1, NAME-2 and so on. Default: random names.")]
    public string? Name { get; init; }

    [CommandOption("-l|--logging-level <LEVEL>")]
    [Description("DEBUG, INFO, WARNING, ERROR or CRITICAL. Default: INFO.")]
    public override string? LoggingLevel { get; init; }

    /// <summary>Always, as in RQ.</summary>
    public override bool WithScheduler { get; init; } = true;

    [CommandOption("--pid <FILE>")]
    [Description("A file to hold the pool's process id while it runs.")]
    public string? Pid { get; init; }

    public override ValidationResult Validate()
    {
        if (NumWorkers is < 1 or > 1000)
            return ValidationResult.Error("--num-workers must be from 1 to 1000.");
        if (Name is not null && string.IsNullOrWhiteSpace(Name))
            return ValidationResult.Error("--name must not be blank. Leave it out for random names.");
        if (Name is not null && NameProblem() is { } problem)
            return ValidationResult.Error(problem);
        return base.Validate();
    }

    // Each worker would find out for itself, and be started again and again.
    private string? NameProblem()
    {
        try
        {
            StoredName.CheckWorker($"{Name}-1");
            return null;
        }
        catch (ArgumentException exception)
        {
            return ArgumentText.Of(exception);
        }
    }
}
