using Microsoft.Extensions.Logging;
using RQ.Tool.Terminal;
using RQ.Tool.WorkerPools;

namespace RQ.Tool.Workers;

/// <summary>One worker as a process of its own: configuration, connection, log and signals around <see cref="Worker"/>.</summary>
internal static class WorkerProcess
{
    public static async Task<int> RunAsync(WorkerSettings settings, string[] queues)
    {
        ProcessName.Set("rq worker");
        bool isOfPool = PoolLink.Take();
        using StopSignals signals = StopSignals.Listen(isSupervised: isOfPool);
        if (isOfPool)
            PoolLink.Follow(signals);
        WorkerConfiguration configuration = WorkerConfiguration.Read(settings, queues);
        using ILoggerFactory log = Log(settings, settings.LoggingLevel);
        using PidFile? pid = PidFile.Write(settings.Pid);

        try
        {
            await using RqConnection rq =
                await PatientConnection.ConnectAsync(settings, log.CreateLogger("rq.worker"), TimeProvider.System, signals.Stopping).ConfigureAwait(false);
            // A pool has looked itself; a worker that it replaces waits for the end of the suspension like all others.
            if (!isOfPool && await RefuseSuspendedAsync(rq).ConfigureAwait(false))
                return Failure.ExitCode;
            await configuration.MakeWorker(rq, settings.Name, log).RunAsync(signals.Stopping, signals.Abort).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Asked to stop before it had begun.
        }

        return 0;
    }

    /// <exception cref="UsageException">A format or the level cannot be.</exception>
    public static ILoggerFactory Log(CommonWorkerSettings settings, string? level)
    {
        LogLevel minimum = LogLevels.Of(settings, level);
        LogFormat format = LogFormat.Parse(settings.LogFormat, settings.DateFormat);
        return LoggerFactory.Create(logging => logging.SetMinimumLevel(minimum).AddProvider(new WorkerLog(TimeProvider.System, format)));
    }

    /// <returns>Whether nothing may start now, which it has then told.</returns>
    public static async Task<bool> RefuseSuspendedAsync(RqConnection rq)
    {
        bool isSuspended = await Worker.AreSuspendedAsync(rq).ConfigureAwait(false);
        if (isSuspended)
            Console.Out.WriteLine(Paint.Output.Red("RQ is currently suspended, to resume job execution run \"rq resume\""));
        return isSuspended;
    }
}
