using Microsoft.Extensions.Logging;

namespace RQ;

/// <summary>Every log message of the host's part. Ids are stable.</summary>
internal static partial class Log
{
    /// <summary>The category.</summary>
    public const string Category = "rq.hosting";

    [LoggerMessage(118, LogLevel.Warning, "The configuration '{Key}' is for a {Kind} that this host does not have, and is not used. It has: {Names}")]
    public static partial void SectionIsNotUsed(ILogger log, string key, string kind, string names);

    [LoggerMessage(120, LogLevel.Warning, "Redis cannot be reached; the application starts without it, and it is tried again in the background, at least every few seconds")]
    public static partial void RedisIsAway(ILogger log, Exception exception);

    [LoggerMessage(121, LogLevel.Information, "Redis can be reached now")]
    public static partial void RedisIsThere(ILogger log);

    [LoggerMessage(122, LogLevel.Error, "The connection to Redis cannot be used; trying again")]
    public static partial void RedisIsUnfit(ILogger log, Exception exception);

    [LoggerMessage(123, LogLevel.Warning, "Worker '{Name}': lost Redis while it started; trying again, at least every few seconds")]
    public static partial void WorkerCannotStart(ILogger log, Exception exception, string name);

    [LoggerMessage(124, LogLevel.Information, "Worker '{Name}': ended by itself after {Count} executions")]
    public static partial void WorkerEnded(ILogger log, string name, long count);

    [LoggerMessage(125, LogLevel.Warning, "Worker '{Name}': had not stopped when the host gave up waiting; its jobs are recovered by other workers")]
    public static partial void WorkerDidNotStop(ILogger log, string name);

    [LoggerMessage(126, LogLevel.Information, "Worker '{Name}': waits {Usable} for running jobs when it stops, not {Wanted}, because the host stops within {Limit} (HostOptions.ShutdownTimeout)")]
    public static partial void GraceIsShortened(ILogger log, string name, TimeSpan usable, TimeSpan wanted, TimeSpan limit);

    [LoggerMessage(127, LogLevel.Warning, "Scheduler: lost Redis while it started; trying again, at least every few seconds")]
    public static partial void SchedulerCannotStart(ILogger log, Exception exception);

    [LoggerMessage(128, LogLevel.Information, "Stored {Count} cron schedules as those of '{Source}'")]
    public static partial void CronStored(ILogger log, int count, string source);

    [LoggerMessage(119, LogLevel.Error, "The cron schedules of '{Source}' cannot be stored; what was stored before stays, and the host goes on without them")]
    public static partial void CronNotStored(ILogger log, Exception exception, string source);

    [LoggerMessage(129, LogLevel.Warning, "The cron schedules of '{Source}' cannot be stored now; trying again, at least every few seconds")]
    public static partial void CronCannotBeStored(ILogger log, Exception exception, string source);
}
