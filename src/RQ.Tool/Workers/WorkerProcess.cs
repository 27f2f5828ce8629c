using Microsoft.Extensions.Logging;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Tool.Terminal;
using RQ.Tool.WorkerPools;

namespace RQ.Tool.Workers;

/// <summary>One worker as a process of its own: configuration, connection, log and signals around <see cref="Worker"/>.</summary>
internal static class WorkerProcess
{
    private static readonly TimeSpan s_nameIsTaken = WorkerRecord.LeaseTime + TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_nextTry = TimeSpan.FromSeconds(2);

    public static Task<int> RunAsync(WorkerSettings settings, string[] queues) =>
        WorkHorse.IsThisProcess ? RunHorseAsync(settings, queues) : RunWorkerAsync(settings, queues);

    private static async Task<int> RunWorkerAsync(WorkerSettings settings, string[] queues)
    {
        ProcessName.Set("rq worker");
        bool isOfPool = PoolLink.Take();
        using StopSignals signals = StopSignals.Listen(isSupervised: isOfPool);
        if (isOfPool)
            PoolLink.Follow(signals);
        WorkerConfiguration configuration = WorkerConfiguration.Read(settings, queues);
        using ILoggerFactory log = Log(settings);
        using PidFile? pid = PidFile.Write(settings.Pid);
        using var memory = new IdleMemory(TimeProvider.System);

        try
        {
            (RqConnection rq, bool isSuspended) =
                await PatientConnection.ConnectAsync(settings, log.CreateLogger("rq.worker"), TimeProvider.System, signals.Stopping).ConfigureAwait(false);
            await using (rq.ConfigureAwait(false))
            {
                // A pool has looked itself; a worker that it replaces waits for the end of the suspension like all others.
                if (isSuspended && !isOfPool)
                    return TellSuspended();
                configuration.Complete(settings.Name, log);
                await RunAsync(configuration, rq, log.CreateLogger("rq.worker"), signals, isOfPool).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Asked to stop before it had begun.
        }

        return 0;
    }

    /// <summary>The same configuration, and nothing around it: signals, server and the rest are its worker's business.</summary>
    private static async Task<int> RunHorseAsync(WorkerSettings settings, string[] queues)
    {
        ProcessName.Set("rq work-horse");
        using StopSignals signals = StopSignals.None();
        WorkerConfiguration configuration = WorkerConfiguration.Read(settings, queues);
        using ILoggerFactory log = Log(settings);
        await using RqConnection rq = await settings.ConnectAsync(signals.Stopping).ConfigureAwait(false);
        configuration.Complete(settings.Name, log);
        await configuration.MakeWorker(rq).RunAsync(signals.Stopping, signals.Abort).ConfigureAwait(false);
        return 0;
    }

    /// <exception cref="UsageException">A format or the level cannot be.</exception>
    public static ILoggerFactory Log(LoggingSettings settings)
    {
        LogLevel minimum = LogLevels.Of(settings);
        LogFormat format = LogFormat.Parse(settings.LogFormat, settings.DateFormat);
        return LoggerFactory.Create(logging => logging.SetMinimumLevel(minimum).AddProvider(new WorkerLog(TimeProvider.System, format)));
    }

    /// <returns>The exit code.</returns>
    public static int TellSuspended()
    {
        Console.Out.WriteLine(Paint.Output.Red("RQ is currently suspended, to resume job execution run \"rq resume\""));
        return Failure.ExitCode;
    }

    private static async Task RunAsync(WorkerConfiguration configuration, RqConnection rq, ILogger log, StopSignals signals, bool isOfPool)
    {
        for (TimeSpan waited = TimeSpan.Zero; ; waited += s_nextTry)
        {
            try
            {
                await configuration.MakeWorker(rq).RunAsync(signals.Stopping, signals.Abort).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                // The server went away in the moment in which the worker registered; one that has begun waits for it by itself.
                ToolLog.ServerIsAway(log, exception.Message);
                await Task.Delay(s_nextTry, TimeProvider.System, signals.Stopping).ConfigureAwait(false);
            }
            catch (WorkerNameTakenException) when (isOfPool && waited < s_nameIsTaken)
            {
                // By the one before it in its place, which was killed: until the end of its lease.
                await Task.Delay(s_nextTry, TimeProvider.System, signals.Stopping).ConfigureAwait(false);
            }
        }
    }
}
