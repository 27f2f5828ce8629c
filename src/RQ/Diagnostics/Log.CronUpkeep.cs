using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What is told about cron schedules that were put right.</summary>
internal static partial class Log
{
    [LoggerMessage(185, LogLevel.Warning, "{Count} cron schedules had a next time, but were not listed as due then; they are listed again")]
    public static partial void CronListedAgain(ILogger log, int count);

    [LoggerMessage(186, LogLevel.Warning, "Cron schedule {Schedule}: was stored or run more than a day ahead of the server's clock, which must have been wrong; it goes on from now")]
    public static partial void CronMended(ILogger log, string schedule);

    [LoggerMessage(187, LogLevel.Warning, "Scheduler {Scheduler}: could not look after the cron schedules; they are run all the same")]
    public static partial void CronNotKept(ILogger log, Exception exception, string scheduler);
}
