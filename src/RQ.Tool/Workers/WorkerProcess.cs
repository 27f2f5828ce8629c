using Microsoft.Extensions.Logging;
using RQ.Redis;
using RQ.Tool.Terminal;

namespace RQ.Tool.Workers;

/// <summary>One worker as a process of its own: assemblies, connection, log and signals around <see cref="Worker"/>.</summary>
internal static class WorkerProcess
{
    public static async Task<int> RunAsync(WorkerSettings settings, string[] queues)
    {
        using StopSignals signals = WorkHorse.IsThisProcess ? StopSignals.None() : StopSignals.Listen();
        var functions = new JobFunctions();
        foreach (string file in settings.Assemblies)
            functions.AddAssembly(JobAssembly.Load(file));

        try
        {
            await using RqConnection rq = await settings.ConnectAsync(signals.Stopping).ConfigureAwait(false);
            if (!WorkHorse.IsThisProcess && await rq.Database.KeyExistsAsync(rq.Keys.Suspended).ConfigureAwait(false))
            {
                Console.Out.WriteLine(Paint.Output.Red("RQ is currently suspended, to resume job execution run \"rq resume\""));
                return Failure.ExitCode;
            }

            using ILoggerFactory log = LoggerFactory.Create(logging => logging.SetMinimumLevel(Level(settings)).AddProvider(new WorkerLog(TimeProvider.System)));
            await Worker(settings, queues, rq, functions, log).RunAsync(signals.Stopping, signals.Abort).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Asked to stop before it had begun.
        }

        return 0;
    }

    private static Worker Worker(WorkerSettings settings, string[] queues, RqConnection rq, JobFunctions functions, ILoggerFactory log) =>
        new(queues.Length == 0 ? [Queue.DefaultName] : queues, rq, new WorkerOptions
        {
            Isolation = settings.Isolation,
            WorkHorses = { HandedOver = Environment.GetCommandLineArgs()[1..] },
            Name = settings.Name,
            Burst = settings.Burst,
            Concurrency = settings.Concurrency,
            ResultTtl = RqTime.FromSeconds(settings.ResultTtl),
            Functions = functions,
            LoggerFactory = log,
        });

    private static LogLevel Level(WorkerSettings settings) =>
        settings.Verbose ? LogLevel.Debug : settings.Quiet ? LogLevel.Warning : LogLevel.Information;
}
