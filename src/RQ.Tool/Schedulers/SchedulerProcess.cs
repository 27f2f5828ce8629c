using Microsoft.Extensions.Logging;
using RQ.Redis;
using RQ.Tool.Workers;

namespace RQ.Tool.Schedulers;

/// <summary>A scheduler as a process of its own: connection, log and signals around <see cref="Scheduler"/>.</summary>
internal static class SchedulerProcess
{
    /// <param name="settings">The server and the log.</param>
    /// <param name="logger">What its own log lines are from.</param>
    /// <param name="work">Does the work until the token is signalled. Called again when it met a server that is away.</param>
    /// <returns>The exit code: 0, it was told to stop.</returns>
    public static async Task<int> RunAsync(
        SchedulerProcessSettings settings, string logger, Func<RqConnection, ILoggerFactory, CancellationToken, Task> work)
    {
        using StopSignals signals = StopSignals.Listen();
        using ILoggerFactory loggers = WorkerProcess.Log(settings);
        using PidFile? pid = PidFile.Write(settings.Pid);
        ILogger log = loggers.CreateLogger(logger);
        try
        {
            (RqConnection rq, _) = await PatientConnection.ConnectAsync(settings, log, TimeProvider.System, signals.Stopping).ConfigureAwait(false);
            await using (rq.ConfigureAwait(false))
                await WorkAsync(stopping => work(rq, loggers, stopping), log, signals.Stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Asked to stop before it had begun.
        }

        return 0;
    }

    private static async Task WorkAsync(Func<CancellationToken, Task> work, ILogger log, CancellationToken stopping)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(4), new Random());
        while (true)
        {
            try
            {
                await work(stopping).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception) && !stopping.IsCancellationRequested)
            {
                // The server went away while it began; a scheduler that has begun waits for it by itself.
                ToolLog.ServerIsAway(log, exception.Message);
                await Task.Delay(backoff.Next(), TimeProvider.System, stopping).ConfigureAwait(false);
            }
        }
    }
}
