using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What the worker's loop tells: why it ends, and what it does about what it cannot run.</summary>
internal static partial class Log
{
    [LoggerMessage(80, LogLevel.Information, "Worker {Worker}: finished executing {Count} jobs, quitting")]
    public static partial void MaxJobsReached(ILogger log, string worker, long count);

    [LoggerMessage(81, LogLevel.Information, "Worker {Worker}: idle for {Seconds} seconds, quitting")]
    public static partial void IdleTooLong(ILogger log, string worker, long seconds);

    [LoggerMessage(82, LogLevel.Information, "Worker {Worker}: suspended in burst mode, quitting; there may be jobs left on its queues")]
    public static partial void SuspendedInBurst(ILogger log, string worker);

    [LoggerMessage(83, LogLevel.Warning, "Worker {Worker}: cold shut down, {Count} jobs fail")]
    public static partial void ColdShutdownFails(ILogger log, string worker, int count);

    [LoggerMessage(84, LogLevel.Warning, "Worker {Worker}: could not write down that it was told to stop")]
    public static partial void ShutdownNotNoted(ILogger log, Exception exception, string worker);

    [LoggerMessage(85, LogLevel.Error, "Worker {Worker}: a step failed {Count} times in a row, quitting")]
    public static partial void StepKeepsFailing(ILogger log, Exception exception, string worker, int count);

    [LoggerMessage(86, LogLevel.Warning, "Worker {Worker}: does not know the function {Function} (job {JobId}); such jobs go back to their queues for other workers, for {Grace} from the first time on, and then fail")]
    public static partial void FunctionUnknown(ILogger log, string worker, string function, string jobId, TimeSpan grace);

    [LoggerMessage(89, LogLevel.Warning, "Worker {Worker}: does not know the callback {Function} (job {JobId}); such jobs go back to queue {Queue} while a Python worker serves it too, for {Grace} at most, and each turn takes a slot for a second. Name a queue that this worker does not serve (WorkerOptions.CallbackQueue, --callback-queue), or register the function")]
    public static partial void CallbackUnknown(ILogger log, string worker, string function, string jobId, string queue, TimeSpan grace);

    [LoggerMessage(87, LogLevel.Warning, "Worker {Worker}: the thread pool is starved: a work item has waited for more than {Seconds} s. Some code blocks its threads; let it await instead, or raise ThreadPool.SetMinThreads. The pool's minimum is {Threads} threads now")]
    public static partial void PoolStarved(ILogger log, string worker, double seconds, int threads);
}
