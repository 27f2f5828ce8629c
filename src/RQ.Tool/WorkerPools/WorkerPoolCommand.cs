using Microsoft.Extensions.Logging;
using RQ.Redis;
using RQ.Tool.Workers;
using Spectre.Console.Cli;

namespace RQ.Tool.WorkerPools;

internal sealed class WorkerPoolCommand : AsyncCommand<WorkerPoolSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, WorkerPoolSettings settings, CancellationToken cancellationToken)
    {
        ProcessName.Set("rq pool");
        // What cannot be is told here and once, not by each worker again and again.
        string[] queues = QueueNames.Of(settings.Queues, context);
        WorkerConfiguration.Read(settings, queues);
        using StopSignals signals = StopSignals.Listen();
        using ILoggerFactory log = WorkerProcess.Log(settings);
        using PidFile? pid = PidFile.Write(settings.Pid);
        try
        {
            if (await IsSuspendedAsync(settings, log, signals.Stopping).ConfigureAwait(false))
                return WorkerProcess.TellSuspended();
            return await new WorkerPool(settings, queues, log.CreateLogger("rq.worker_pool"), TimeProvider.System, signals).RunAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Asked to stop before it had begun.
            return 0;
        }
    }

    private static async Task<bool> IsSuspendedAsync(WorkerPoolSettings settings, ILoggerFactory log, CancellationToken stopping)
    {
        if (IsOfOneProcess(settings.FindAddress().Url))
            throw new UsageException("'embedded:' is a server inside one process, which the workers of a pool cannot share. Write embedded:path=DIR.");
        (RqConnection rq, bool isSuspended) =
            await PatientConnection.ConnectAsync(settings, log.CreateLogger("rq.worker_pool"), TimeProvider.System, stopping).ConfigureAwait(false);
        await rq.DisposeAsync().ConfigureAwait(false);
        return isSuspended;
    }

    private static bool IsOfOneProcess(string url)
    {
        try
        {
            return RedisUrl.IsEmbedded(url, out string? directory) && directory is null;
        }
        catch (ArgumentException)
        {
            // Connecting tells what is wrong with it.
            return false;
        }
    }
}
