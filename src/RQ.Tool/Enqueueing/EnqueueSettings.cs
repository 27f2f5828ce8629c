using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Enqueueing;

internal sealed class EnqueueSettings : ServerSettings
{
    [CommandArgument(0, "<FUNCTION>")]
    [Description("The name of the function, such as my_module.my_function or Shop.Orders.Send.")]
    public string Function { get; init; } = "";

    [CommandArgument(1, "[ARGS]")]
    [Description("Its arguments: text, :json, %literal, name=text, name:=json, name%=literal. Those that begin with '-' come after '--'.")]
    public string[] Arguments { get; init; } = [];

    [CommandOption("-q|--queue <NAME>")]
    [Description("The queue.")]
    [DefaultValue(RQ.Queue.DefaultName)]
    public string Queue { get; init; } = RQ.Queue.DefaultName;

    [CommandOption("--timeout <TIME>")]
    [Description("How long one run may take: seconds, or a number with s, m, h or d; -1 for no limit. Default: 180.")]
    public string? Timeout { get; init; }

    [CommandOption("--result-ttl <TIME>")]
    [Description("How long the result is kept; 0 not at all, -1 for ever. Default: the worker's.")]
    public string? ResultTtl { get; init; }

    [CommandOption("--ttl <TIME>")]
    [Description("How long the job may wait before it is discarded; -1 for ever. Default: for ever.")]
    public string? Ttl { get; init; }

    [CommandOption("--failure-ttl <TIME>")]
    [Description("How long the job is kept after it failed; 0 not at all, -1 for ever. Default: one year.")]
    public string? FailureTtl { get; init; }

    [CommandOption("--description <TEXT>")]
    [Description("The text that people see. Default: the call.")]
    public string? Description { get; init; }

    [CommandOption("--depends-on <ID>")]
    [Description("A job that must have finished first. May be given several times.")]
    public string[] DependsOn { get; init; } = [];

    [CommandOption("--job-id <ID>")]
    [Description("The job's id. Default: a new UUID.")]
    public string? JobId { get; init; }

    [CommandOption("--at-front")]
    [Description("Puts the job at the head of the queue.")]
    public bool AtFront { get; init; }

    [CommandOption("--retry-max <N>")]
    [Description("How often the job is run again when it fails.")]
    [DefaultValue(0)]
    public int RetryMax { get; init; }

    [CommandOption("--retry-interval <SECONDS>")]
    [Description("How long to wait before a retry. May be given several times, for one retry after the other. Default: 0.")]
    public int[] RetryIntervals { get; init; } = [];

    [CommandOption("--quiet")]
    [Description("Prints only errors.")]
    public bool Quiet { get; init; }

    public override ValidationResult Validate()
    {
        if (string.IsNullOrWhiteSpace(Function))
            return ValidationResult.Error("The function's name must not be blank.");
        if (RetryMax < 0)
            return ValidationResult.Error("--retry-max must not be negative.");
        if (Array.Exists(RetryIntervals, seconds => seconds < 0))
            return ValidationResult.Error("--retry-interval must not be negative.");
        return ValidationResult.Success();
    }

    /// <exception cref="UsageException">An option cannot be; the message names it.</exception>
    public JobOptions ToJobOptions(JobCall call) => new()
    {
        Id = JobId,
        Timeout = TimeText.Parse(Timeout, "--timeout", allowZero: false),
        ResultTtl = TimeText.Parse(ResultTtl, "--result-ttl", allowZero: true),
        FailureTtl = TimeText.Parse(FailureTtl, "--failure-ttl", allowZero: true),
        Ttl = TimeText.Parse(Ttl, "--ttl", allowZero: false) is { Ticks: > 0 } ttl ? ttl : null,
        // As in RQ's command line: the whole call, where a call in code is described with long values cut.
        Description = string.IsNullOrEmpty(Description) ? call.ToString() : Description,
        DependsOn = DependsOn.Length == 0 ? null : new Dependency([.. DependsOn.Select(id => new JobReference(id))]),
        AtFront = AtFront,
        Retry = RetryMax == 0 ? null : new Retry(RetryMax, [.. RetryIntervals.Select(seconds => TimeSpan.FromSeconds(seconds))]),
    };
}
