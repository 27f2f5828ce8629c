using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What a worker tells that ends what it still runs.</summary>
internal static partial class Log
{
    [LoggerMessage(88, LogLevel.Error, "Worker {Worker}: the process of job {JobId} could not be ended; the job does not wait for that any longer")]
    public static partial void ProcessNotEnded(ILogger log, Exception exception, string worker, string jobId);
}
