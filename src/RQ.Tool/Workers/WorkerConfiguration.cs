using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace RQ.Tool.Workers;

/// <summary>
/// A worker's queues and options, made from a command line. The same command line gives the same options in every process that
/// reads it: the worker's, its work horses', and a pool's, which looks only whether it can be.
/// </summary>
internal sealed class WorkerConfiguration
{
    private readonly Type? _startup;

    private WorkerConfiguration(string[] queues, WorkerOptions options, Type? startup)
    {
        Queues = queues;
        Options = options;
        _startup = startup;
    }

    public string[] Queues { get; }

    public WorkerOptions Options { get; }

    /// <summary>Loads the assemblies and reads the options. Calls no code of the user's but constructors of exception handlers.</summary>
    /// <exception cref="UsageException">An option cannot be; the message names it.</exception>
    /// <exception cref="ToolException">An assembly cannot be loaded.</exception>
    public static WorkerConfiguration Read(CommonWorkerSettings settings, string[] queues) =>
        Read(settings, queues, [.. settings.Assemblies.Select(JobAssembly.Load)], Environment.GetEnvironmentVariable);

    public static WorkerConfiguration Read(CommonWorkerSettings settings, string[] queues, Assembly[] assemblies, Func<string, string?> environment)
    {
        if (queues.Length == 0)
            queues = [Queue.DefaultName];
        WorkerClass kind = WorkerClass.Find(settings.WorkerClass, environment("RQ_WORKER_CLASS"), assemblies);
        var options = new WorkerOptions
        {
            Burst = settings.Burst,
            Concurrency = settings.Concurrency ?? 1,
            Isolation = Isolation(settings.Isolation) ?? kind.Isolation,
            MaxJobs = settings.MaxJobs,
            MaxIdleTime = TimeText.ParseWait(settings.MaxIdleTime, "--max-idle-time"),
            DequeueStrategy = Strategy(settings.DequeueStrategy) ?? kind.Strategy,
            WithScheduler = settings.WithScheduler,
            RegisterCron = !settings.NoRegisterCron,
            UnknownFunctionGrace = TimeText.ParseWait(settings.UnknownFunctionGrace, "--unknown-function-grace"),
            UnknownCallback = UnknownCallback(settings.UnknownCallback),
            CallbackQueue = settings.CallbackQueue is { } callbacks ? QueueNames.Check(callbacks) : null,
            OnShutdown = OnShutdown(settings.OnShutdown),
            LogJobDescription = !settings.DisableJobDescriptionLogging,
            DisableDefaultExceptionHandler = settings.DisableDefaultExceptionHandler,
        };
        options.WorkHorses.MaxJobs = settings.MaxHorseJobs;
        options.WorkHorses.MaxMemory = MemoryText.Parse(settings.MaxHorseMemory, "--max-horse-memory");
        options.WorkHorses.MaxAge = TimeText.ParseWait(settings.MaxHorseAge, "--max-horse-age");
        options.ResultTtl = TimeText.Parse(settings.ResultsTtl, "--results-ttl", allowZero: true) ?? options.ResultTtl;
        options.WorkerTtl = TimeText.ParseWait(settings.WorkerTtl, "--worker-ttl") ?? options.WorkerTtl;
        options.MaintenanceInterval = TimeText.ParseWait(settings.MaintenanceInterval, "--maintenance-interval") ?? options.MaintenanceInterval;
        options.MonitoringInterval = TimeText.ParseWait(settings.JobMonitoringInterval, "--job-monitoring-interval") ?? options.MonitoringInterval;
        options.TimeoutGrace = TimeText.ParseWait(settings.TimeoutGrace, "--timeout-grace", least: 0) ?? options.TimeoutGrace;
        options.ShutdownGrace = TimeText.ParseWait(settings.ShutdownGrace, "--shutdown-grace", least: 0, allowsInfinite: true)
            ?? kind.ShutdownGrace ?? options.ShutdownGrace;
        AddWeights(options, settings.Weights, queues);
        foreach (Assembly assembly in assemblies)
            options.Functions.AddAssembly(assembly);
        foreach (string handler in settings.ExceptionHandlers)
            options.ExceptionHandlers.Add(ExceptionHandlers.Find(handler, assemblies));
        return new WorkerConfiguration(queues, options, kind.Startup);
    }

    /// <summary>Sets what is of this process alone, then lets the user's startup type change what it likes.</summary>
    public void Complete(string? name, ILoggerFactory log)
    {
        Options.Name = name;
        Options.LoggerFactory = log;
        // Its address may hold a password.
        Options.WorkHorses.HandedOver = Environment.GetCommandLineArgs()[1..];
        if (_startup is not null)
            ((IWorkerStartup)Activator.CreateInstance(_startup)!).Configure(Options);
    }

    /// <exception cref="ToolException">An option cannot be, as the startup type has left it.</exception>
    public Worker MakeWorker(RqConnection rq)
    {
        try
        {
            return new Worker(Queues, rq, Options);
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(ArgumentText.Of(exception), exception);
        }
    }

    private static Isolation? Isolation(string? text) => text switch
    {
        null => null,
        "none" => RQ.Isolation.None,
        "work-horse" => RQ.Isolation.WorkHorse,
        "work-horse-per-job" => RQ.Isolation.WorkHorsePerJob,
        _ => throw new UsageException($"--isolation '{text}' is not known: write work-horse, work-horse-per-job or none."),
    };

    // Exit code 1, not 2: as in RQ.
    private static DequeueStrategy? Strategy(string? text) => text switch
    {
        null => null,
        "default" => DequeueStrategy.Default,
        "round_robin" => DequeueStrategy.RoundRobin,
        "random" => DequeueStrategy.Random,
        "weighted" => DequeueStrategy.Weighted,
        _ => throw new ToolException($"--dequeue-strategy '{text}' is not known: write default, round_robin, random or weighted."),
    };

    private static ShutdownPolicy OnShutdown(string? text) => text switch
    {
        null or "give-back" => ShutdownPolicy.GiveBack,
        "fail" => ShutdownPolicy.Fail,
        _ => throw new UsageException($"--on-shutdown '{text}' is not known: write give-back or fail."),
    };

    private static UnknownCallback UnknownCallback(string? text) => text switch
    {
        null or "hand-over" => RQ.UnknownCallback.HandOver,
        "fail" => RQ.UnknownCallback.Fail,
        _ => throw new UsageException($"--unknown-callback '{text}' is not known: write hand-over or fail."),
    };

    private static void AddWeights(WorkerOptions options, string[] weights, string[] queues)
    {
        if (weights.Length > 0 && options.DequeueStrategy != DequeueStrategy.Weighted)
            throw new UsageException("--weight has no meaning without --dequeue-strategy weighted.");
        foreach (string weight in weights)
        {
            int equals = weight.LastIndexOf('=');
            string queue = equals < 0 ? weight : weight[..equals];
            if (equals < 0 || !int.TryParse(weight.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
                throw new UsageException($"--weight '{weight}' is no weight: write QUEUE=N, N being at least 1.");
            if (!queues.Contains(queue))
                throw new UsageException($"--weight '{weight}': this worker does not serve a queue '{queue}'.");
            if (!options.QueueWeights.TryAdd(queue, number))
                throw new UsageException($"--weight: the queue '{queue}' has two.");
        }
    }
}
