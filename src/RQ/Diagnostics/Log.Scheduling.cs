using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What schedulers tell, in RQ's words where RQ has them.</summary>
internal static partial class Log
{
    [LoggerMessage(150, LogLevel.Information, "Scheduler for {Queues} started with PID {Pid}")]
    public static partial void SchedulerStarted(ILogger log, string queues, int pid);

    [LoggerMessage(151, LogLevel.Information, "Acquired scheduler lock for {Queues}")]
    public static partial void LocksAcquired(ILogger log, string queues);

    [LoggerMessage(152, LogLevel.Information, "Scheduler stopping, releasing locks for {Queues}...")]
    public static partial void SchedulerStopping(ILogger log, string queues);

    [LoggerMessage(153, LogLevel.Information, "Scheduler with PID {Pid} has stopped")]
    public static partial void SchedulerStopped(ILogger log, int pid);

    [LoggerMessage(154, LogLevel.Warning, "Scheduler {Scheduler}: the scheduled jobs of queue {Queue} are another scheduler's now")]
    public static partial void LockLost(ILogger log, string scheduler, string queue);

    [LoggerMessage(155, LogLevel.Warning, "Scheduler {Scheduler}: {What} failed, trying again")]
    public static partial void DutyFailed(ILogger log, Exception exception, string scheduler, string what);

    [LoggerMessage(156, LogLevel.Information, "Scheduler {Scheduler}: {What} goes on")]
    public static partial void DutyGoesOn(ILogger log, string scheduler, string what);

    [LoggerMessage(157, LogLevel.Warning, "Scheduler {Scheduler}: scheduled job {JobId} of queue {Queue} was not queued: {Reason}")]
    public static partial void BadScheduledJob(ILogger log, string scheduler, string jobId, string queue, string reason);

    [LoggerMessage(158, LogLevel.Error, "Scheduler {Scheduler}: the due jobs of queue {Queue} cannot be queued, trying again every second")]
    public static partial void QueueNotMoved(ILogger log, Exception exception, string scheduler, string queue);

    [LoggerMessage(159, LogLevel.Error, "Scheduler {Scheduler}: the schedule or the lock of queue {Queue} cannot be read, trying again every second: {Error}")]
    public static partial void QueueBroken(ILogger log, string scheduler, string queue, string error);

    [LoggerMessage(160, LogLevel.Warning, "Scheduler {Scheduler}: cannot hear of jobs that are due before all others (SUBSCRIBE failed); it looks every second")]
    public static partial void SchedulerIsDeaf(ILogger log, Exception exception, string scheduler);

    [LoggerMessage(161, LogLevel.Warning, "Scheduler {Scheduler}: could not release its locks; they run out in a few seconds")]
    public static partial void LocksNotReleased(ILogger log, Exception? exception, string scheduler);

    [LoggerMessage(162, LogLevel.Debug, "Scheduler {Scheduler}: {Count} due jobs moved to queue {Queue}")]
    public static partial void JobsPromoted(ILogger log, string scheduler, int count, string queue);

    [LoggerMessage(163, LogLevel.Error, "Worker {Worker}: the schedules of methods marked [Cron] could not be stored{Hint}")]
    public static partial void CronNotRegistered(ILogger log, Exception exception, string worker, string hint);

    [LoggerMessage(164, LogLevel.Warning, "Scheduler {Scheduler}: the lock of queue {Queue} is another's and never runs out, so it may be that nobody moves the queue's " +
        "scheduled jobs. Unless its holder runs, remove the key {Key}")]
    public static partial void LockIsStuck(ILogger log, string scheduler, string queue, string key);
}
