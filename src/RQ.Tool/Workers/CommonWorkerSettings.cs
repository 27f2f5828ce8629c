using System.ComponentModel;
using Spectre.Console;
using Spectre.Console.Cli;

namespace RQ.Tool.Workers;

/// <summary>What <c>rq worker</c> and <c>rq worker-pool</c> have in common: how each worker works.</summary>
internal abstract class CommonWorkerSettings : LoggingSettings
{
    [CommandArgument(0, "[QUEUES]")]
    [Description("The queues it serves, the most important first. Default: default.")]
    public string[] Queues { get; init; } = [];

    [CommandOption("--assembly <FILE>")]
    [Description("An assembly whose public methods jobs may call. May be given several times.")]
    public string[] Assemblies { get; init; } = [];

    [CommandOption("-w|--worker-class <CLASS>")]
    [Description("A type of a job assembly that sets the worker up (RQ.IWorkerStartup); or one of RQ's names, such as rq.SimpleWorker, which choose an isolation or a strategy. Default: the environment's RQ_WORKER_CLASS.")]
    public string? WorkerClass { get; init; }

    [CommandOption("-b|--burst")]
    [Description("Ends when the queues are empty.")]
    public bool Burst { get; init; }

    [CommandOption("--concurrency <N>")]
    [Description("How many jobs it runs at once. Default: 1.")]
    public int? Concurrency { get; init; }

    [CommandOption("--isolation <WHERE>")]
    [Description("Where jobs run: work-horse (a process that is used again and replaced when it dies), work-horse-per-job, or none (in the worker's own process). Default: work-horse.")]
    public string? Isolation { get; init; }

    [CommandOption("--max-horse-jobs <N>")]
    [Description("After how many jobs a work horse is replaced. Default: never.")]
    public int? MaxHorseJobs { get; init; }

    [CommandOption("--max-horse-memory <SIZE>")]
    [Description("Above how much memory, seen after a job, a work horse is replaced, such as 512M or 2G. Default: never.")]
    public string? MaxHorseMemory { get; init; }

    [CommandOption("--max-horse-age <TIME>")]
    [Description("At what age a work horse is replaced. Default: never.")]
    public string? MaxHorseAge { get; init; }

    [CommandOption("--no-register-cron")]
    [Description("With a scheduler: methods marked [[Cron]] are not stored as schedules.")]
    public bool NoRegisterCron { get; init; }

    [CommandOption("--max-jobs <N>")]
    [Description("Ends after so many runs of jobs. Default: never.")]
    public long? MaxJobs { get; init; }

    [CommandOption("--max-idle-time <TIME>")]
    [Description("Ends after so long without a job; not with --burst. Default: never.")]
    public string? MaxIdleTime { get; init; }

    [CommandOption("--dequeue-strategy <STRATEGY>")]
    [Description("Which queue is looked at first, short -ds: default (in their order), round_robin, random, or weighted (see --weight).")]
    public string? DequeueStrategy { get; init; }

    [CommandOption("--weight <QUEUE=N>")]
    [Description("For --dequeue-strategy weighted: how often a queue is looked at first, in relation to the others, which have 1. May be given several times.")]
    public string[] Weights { get; init; } = [];

    [CommandOption("--results-ttl <TIME>")]
    [Description("How long results are kept of jobs that do not say so themselves; 0 not at all, -1 for ever. Default: 500.")]
    public string? ResultsTtl { get; init; }

    [CommandOption("--worker-ttl <TIME>")]
    [Description("How long the worker's record outlives its last sign of life. Default: 420.")]
    public string? WorkerTtl { get; init; }

    [CommandOption("--maintenance-interval <TIME>")]
    [Description("How often registries are cleaned. Default: 600.")]
    public string? MaintenanceInterval { get; init; }

    [CommandOption("--job-monitoring-interval <TIME>")]
    [Description("How often a running job shows that it is alive. Default: 30.")]
    public string? JobMonitoringInterval { get; init; }

    [CommandOption("--timeout-grace <TIME>")]
    [Description("How long a job may go on after its time was over or it was stopped, before it is ended by force. Default: 5.")]
    public string? TimeoutGrace { get; init; }

    [CommandOption("--shutdown-grace <TIME>")]
    [Description("How long a stopping worker waits for running jobs; -1 for ever, as RQ does. Default: 25.")]
    public string? ShutdownGrace { get; init; }

    [CommandOption("--on-shutdown <POLICY>")]
    [Description("What becomes of jobs that it no longer waits for: give-back (to the head of their queue) or fail. Default: give-back.")]
    public string? OnShutdown { get; init; }

    [CommandOption("--unknown-function-grace <TIME>")]
    [Description("How long jobs with an unknown function are left to other workers before they fail. Default: they fail at once.")]
    public string? UnknownFunctionGrace { get; init; }

    [CommandOption("--unknown-callback <POLICY>")]
    [Description("What becomes of a callback that this worker does not know: hand-over (it becomes a job of its own, for Python's workers say) or fail, as in RQ. Default: hand-over.")]
    public string? UnknownCallback { get; init; }

    [CommandOption("--callback-queue <QUEUE>")]
    [Description("The queue for callbacks that are handed over. Default: the one of their job.")]
    public string? CallbackQueue { get; init; }

    [CommandOption("--exception-handler <METHOD>")]
    [Description("A method of a job assembly that is told of failures (RQ.JobExceptionHandler), or a type with one. May be given several times.")]
    public string[] ExceptionHandlers { get; init; } = [];

    [CommandOption("-d|--disable-default-exception-handler")]
    [Description("Failed jobs get no result and stay out of the failed registry.")]
    public bool DisableDefaultExceptionHandler { get; init; }

    [CommandOption("--disable-job-desc-logging")]
    [Description("Log lines show jobs' ids only, not their descriptions.")]
    public bool DisableJobDescriptionLogging { get; init; }

    /// <summary>Whether each worker has a scheduler beside it.</summary>
    public abstract bool WithScheduler { get; init; }

    public override ValidationResult Validate()
    {
        if (base.Validate() is { Successful: false } wrong)
            return wrong;
        if (Concurrency < 1)
            return ValidationResult.Error("--concurrency must be at least 1.");
        if (MaxJobs < 1)
            return ValidationResult.Error("--max-jobs must be at least 1. Leave it out for no limit.");
        if (MaxHorseJobs < 1)
            return ValidationResult.Error("--max-horse-jobs must be at least 1. Leave it out for no limit.");
        return ValidationResult.Success();
    }
}
