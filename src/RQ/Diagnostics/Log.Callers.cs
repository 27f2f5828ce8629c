using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What is told about jobs that their callers run.</summary>
internal static partial class Log
{
    [LoggerMessage(106, LogLevel.Warning, "Job {JobId} is run by its caller, and its heartbeat failed; trying again every few seconds")]
    public static partial void CallerHeartbeatFailed(ILogger log, Exception exception, string jobId);
}
