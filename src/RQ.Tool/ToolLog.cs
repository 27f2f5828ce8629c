using Microsoft.Extensions.Logging;

namespace RQ.Tool;

/// <summary>The log messages of the command itself; those of workers are RQ's. Ids are stable, from 200 on.</summary>
internal static partial class ToolLog
{
    [LoggerMessage(200, LogLevel.Warning, "{Problem} Waiting for it")]
    public static partial void ServerIsAway(ILogger log, string problem);

    [LoggerMessage(201, LogLevel.Information, "Connected to Redis")]
    public static partial void ServerIsThere(ILogger log);

    [LoggerMessage(210, LogLevel.Information, "Worker pool [PID {Pid}]: started with {Count} workers, version {Version}")]
    public static partial void PoolStarted(ILogger log, int pid, int count, string version);

    [LoggerMessage(211, LogLevel.Information, "Worker pool [PID {Pid}]: warm shut down requested")]
    public static partial void PoolStopping(ILogger log, int pid);

    [LoggerMessage(212, LogLevel.Warning, "Worker pool [PID {Pid}]: cold shut down")]
    public static partial void PoolAborting(ILogger log, int pid);

    [LoggerMessage(213, LogLevel.Information, "Worker pool [PID {Pid}]: all workers have ended, quitting")]
    public static partial void PoolDone(ILogger log, int pid);

    [LoggerMessage(214, LogLevel.Debug, "Worker pool: worker {Number} is the process {Pid}")]
    public static partial void WorkerStarted(ILogger log, int number, int pid);

    [LoggerMessage(215, LogLevel.Information, "Worker pool: worker {Number} (PID {Pid}) ended with exit code {Code}, replacing it in {Seconds} s")]
    public static partial void ReplacingEnded(ILogger log, int number, int pid, int code, double seconds);

    [LoggerMessage(216, LogLevel.Warning, "Worker pool: worker {Number} (PID {Pid}) died: {Cause}; replacing it in {Seconds} s")]
    public static partial void ReplacingDead(ILogger log, int number, int pid, string cause, double seconds);

    [LoggerMessage(217, LogLevel.Error, "Worker pool: worker {Number} cannot be started, trying again in {Seconds} s")]
    public static partial void CannotStart(ILogger log, Exception exception, int number, double seconds);

    [LoggerMessage(218, LogLevel.Information, "Stored {Count} schedules from {File}")]
    public static partial void SchedulesStored(ILogger log, int count, string file);

    [LoggerMessage(219, LogLevel.Debug, "The server is {Server}, named by {Origin}")]
    public static partial void LookingForServer(ILogger log, string server, string origin);
}
