using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What is told about work horses, and about code that goes on when nobody waits for it any more.</summary>
internal static partial class Log
{
    [LoggerMessage(130, LogLevel.Debug, "Worker {Worker}: work-horse {Pid} is ready")]
    public static partial void HorseReady(ILogger log, string worker, int pid);

    [LoggerMessage(131, LogLevel.Debug, "Worker {Worker}: work-horse {Pid} leaves: {Reason}")]
    public static partial void HorseLeaves(ILogger log, string worker, int pid, string reason);

    [LoggerMessage(132, LogLevel.Information, "Worker {Worker}: killed horse pid {Pid}")]
    public static partial void HorseKilled(ILogger log, string worker, int pid);

    [LoggerMessage(133, LogLevel.Warning, "Worker {Worker}: job {JobId}: moving it to FailedJobRegistry, unless it has retries left ({Reason})")]
    public static partial void HorseDied(ILogger log, string worker, string jobId, string reason);

    [LoggerMessage(134, LogLevel.Warning, "Worker {Worker}: work-horse {Pid} ended while it had no job: {Reason}")]
    public static partial void IdleHorseDied(ILogger log, string worker, int pid, string reason);

    [LoggerMessage(135, LogLevel.Error, "Worker {Worker}: a work-horse could not be started; next attempt in {Seconds} s. Jobs wait for it")]
    public static partial void HorseStartFailed(ILogger log, Exception exception, string worker, double seconds);

    [LoggerMessage(136, LogLevel.Information, "[{JobId}] {Line}")]
    public static partial void JobOutput(ILogger log, string jobId, string line);

    [LoggerMessage(137, LogLevel.Warning, "[{JobId}] {Line}")]
    public static partial void JobErrorOutput(ILogger log, string jobId, string line);

    [LoggerMessage(138, LogLevel.Error, "Worker {Worker}: job {JobId} ({Description}) is out of time and ignores it; its work-horse is killed")]
    public static partial void TimeoutForced(ILogger log, string worker, string jobId, string description);

    [LoggerMessage(139, LogLevel.Error, "Worker {Worker}: the work_horse_killed_handler raised an exception for job {JobId}")]
    public static partial void KilledHandlerRaised(ILogger log, Exception exception, string worker, string jobId);

    [LoggerMessage(140, LogLevel.Warning, "Worker {Worker}: job {JobId}, which nobody waited for any more, has ended now; its thread is free again")]
    public static partial void LateEnd(ILogger log, string worker, string jobId);

    [LoggerMessage(141, LogLevel.Error, "Worker {Worker}: job {JobId}: its callbacks did not end; their work-horse is killed")]
    public static partial void ConclusionForced(ILogger log, string worker, string jobId);

    [LoggerMessage(143, LogLevel.Error, "Worker {Worker}: work-horse {Pid} said something that cannot be read; it is ended")]
    public static partial void HorseMisunderstood(ILogger log, Exception exception, string worker, int pid);

    [LoggerMessage(142, LogLevel.Warning, "Worker {Worker}: job {JobId} ignores that it was stopped; its work-horse is killed")]
    public static partial void StopForced(ILogger log, string worker, string jobId);
}
