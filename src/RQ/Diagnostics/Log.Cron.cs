using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What is told about cron schedules.</summary>
internal static partial class Log
{
    [LoggerMessage(170, LogLevel.Information, "Cron schedule {Schedule}: enqueued job {JobId} on queue {Queue} for {Time:u}")]
    public static partial void CronEnqueued(ILogger log, string schedule, string jobId, string queue, DateTimeOffset time);

    [LoggerMessage(171, LogLevel.Information, "Cron schedule {Schedule}: {Time:u} is left out, a job of it still waits or runs")]
    public static partial void CronOverlaps(ILogger log, string schedule, DateTimeOffset time);

    [LoggerMessage(172, LogLevel.Warning, "Cron schedule {Schedule}: {Count} times were missed and are left out")]
    public static partial void CronMissed(ILogger log, string schedule, int count);

    [LoggerMessage(173, LogLevel.Error, "Cron schedule {Schedule}: could not be run, trying again every {Seconds} s")]
    public static partial void CronFailed(ILogger log, Exception exception, string schedule, int seconds);

    [LoggerMessage(174, LogLevel.Information, "Cron schedule {Schedule}: runs again")]
    public static partial void CronWorksAgain(ILogger log, string schedule);

    [LoggerMessage(175, LogLevel.Debug, "Scheduler {Scheduler}: {What} the cron schedules")]
    public static partial void CronRight(ILogger log, string scheduler, string what);

    [LoggerMessage(176, LogLevel.Warning, "Scheduler {Scheduler}: could not write the list of cron schedules; they are run all the same")]
    public static partial void CronNotListed(ILogger log, Exception exception, string scheduler);

    [LoggerMessage(177, LogLevel.Debug, "Cron scheduler {Name}: registered")]
    public static partial void CronListed(ILogger log, string name);

    [LoggerMessage(178, LogLevel.Debug, "Cron scheduler {Name}: unregistered")]
    public static partial void CronUnlisted(ILogger log, string name);

    [LoggerMessage(179, LogLevel.Information, "Stored {Count} cron schedules of methods marked [Cron] as {Source}")]
    public static partial void CronMethodsStored(ILogger log, int count, string source);

    [LoggerMessage(180, LogLevel.Warning, "Cron schedule {Schedule}: was listed as due, but there is no such schedule; it is taken off the list")]
    public static partial void CronGone(ILogger log, string schedule);

    [LoggerMessage(181, LogLevel.Warning, "Cron schedule {Schedule}: job {JobId} is enqueued, but a job before it could not be ended; it waits for that one")]
    public static partial void CronNotEnded(ILogger log, Exception exception, string schedule, string jobId);
}
