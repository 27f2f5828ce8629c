using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What is told about maintenance, names and commands.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Worker {Worker}: the worker that holds this name is not heard of; taking it over when its lease of {Seconds} s has run out")]
    public static partial void WatchingName(ILogger log, string worker, int seconds);

    [LoggerMessage(101, LogLevel.Information, "Worker {Worker}: cleaning {What} of queue {Queue}: {Count} entries removed so far")]
    public static partial void CleaningProgress(ILogger log, string worker, string what, string queue, long count);

    [LoggerMessage(102, LogLevel.Information, "Worker {Worker}: cleaned {What} of queue {Queue}: {Count} entries removed")]
    public static partial void Cleaned(ILogger log, string worker, string what, string queue, long count);

    [LoggerMessage(103, LogLevel.Warning, "Worker {Worker}: job {JobId} was taken off queue {Queue} and never started; it is back at the head")]
    public static partial void ReturnedIntermediate(ILogger log, string worker, string jobId, string queue);

    [LoggerMessage(104, LogLevel.Information, "Worker {Worker}: killing the work-horse of job {JobId}, execution {ExecutionId}, on command")]
    public static partial void KillingHorse(ILogger log, string worker, string jobId, string executionId);

    [LoggerMessage(105, LogLevel.Error, "Worker {Worker}: the work-horse of job {JobId}, execution {ExecutionId}, could not be killed")]
    public static partial void KillFailed(ILogger log, Exception exception, string worker, string jobId, string executionId);
}
