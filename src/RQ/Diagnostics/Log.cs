using Microsoft.Extensions.Logging;
using RQ.Executions;
using RQ.Redis;

namespace RQ.Diagnostics;

/// <summary>Every log message, in RQ's words where RQ has them. Ids are stable.</summary>
internal static partial class Log
{
    // A worker's life.
    [LoggerMessage(1, LogLevel.Information, "Worker {Worker}: started with PID {Pid}, version {Version}")]
    public static partial void WorkerStarted(ILogger log, string worker, int pid, string version);

    [LoggerMessage(2, LogLevel.Information, "*** Listening on {Queues}...")]
    public static partial void Listening(ILogger log, string queues);

    [LoggerMessage(3, LogLevel.Information, "Worker {Worker}: cleaning registries for queue: {Queue}")]
    public static partial void CleaningRegistries(ILogger log, string worker, string queue);

    [LoggerMessage(4, LogLevel.Information, "Worker {Worker}: done, quitting")]
    public static partial void WorkerDone(ILogger log, string worker);

    [LoggerMessage(5, LogLevel.Information, "Worker {Worker} [PID {Pid}]: warm shut down requested")]
    public static partial void WarmShutdown(ILogger log, string worker, int pid);

    [LoggerMessage(6, LogLevel.Warning, "Worker {Worker}: cold shut down, {Count} jobs go back to their queues")]
    public static partial void ColdShutdown(ILogger log, string worker, int count);

    [LoggerMessage(7, LogLevel.Information, "Worker {Worker}: suspended, waiting for resume")]
    public static partial void Suspended(ILogger log, string worker);

    [LoggerMessage(8, LogLevel.Information, "Worker {Worker}: resumed")]
    public static partial void Resumed(ILogger log, string worker);

    [LoggerMessage(9, LogLevel.Information, "Worker {Worker}: subscribing to channel {Channel}")]
    public static partial void Subscribing(ILogger log, string worker, string channel);

    [LoggerMessage(10, LogLevel.Information, "Worker {Worker}: unsubscribing from channel {Channel}")]
    public static partial void Unsubscribing(ILogger log, string worker, string channel);

    [LoggerMessage(11, LogLevel.Information, "Worker {Worker}: received the command '{Command}'")]
    public static partial void CommandReceived(ILogger log, string worker, string command);

    [LoggerMessage(12, LogLevel.Information, "Worker {Worker}: stopping on request")]
    public static partial void StoppingOnRequest(ILogger log, string worker);

    [LoggerMessage(13, LogLevel.Information, "Worker {Worker}: results are kept for {ResultTtl} s and failed jobs for {FailureTtl} s, unless a job says otherwise")]
    public static partial void Lifetimes(ILogger log, string worker, long resultTtl, long failureTtl);

    // A job's life.
    public static void JobStarts(ILogger log, Execution execution, bool withDescription)
    {
        if (!log.IsEnabled(LogLevel.Information))
            return;
        if (withDescription)
            JobStarts(log, execution.Queue, execution.Job.Description, execution.JobId);
        else
            JobStartsById(log, execution.Queue, execution.JobId);
    }

    [LoggerMessage(20, LogLevel.Information, "{Queue}: {Description} ({JobId})")]
    private static partial void JobStarts(ILogger log, string queue, string description, string jobId);

    [LoggerMessage(21, LogLevel.Information, "{Queue}: {JobId}")]
    private static partial void JobStartsById(ILogger log, string queue, string jobId);

    public static void JobCompleted(ILogger log, Execution execution, string worker)
    {
        if (log.IsEnabled(LogLevel.Information))
            JobCompleted(log, execution.Job.Description, RqTime.PythonDuration(execution.EndedAt - execution.StartedAt), worker);
    }

    [LoggerMessage(22, LogLevel.Information, "Successfully completed {Description} job in {Duration}s on worker {Worker}")]
    private static partial void JobCompleted(ILogger log, string description, string duration, string worker);

    [LoggerMessage(23, LogLevel.Information, "{Queue}: Job OK ({JobId})")]
    public static partial void JobOk(ILogger log, string queue, string jobId);

    [LoggerMessage(24, LogLevel.Information, "Result is kept for {Seconds} seconds")]
    public static partial void ResultKept(ILogger log, long seconds);

    [LoggerMessage(25, LogLevel.Information, "Result discarded immediately")]
    public static partial void ResultDiscarded(ILogger log);

    [LoggerMessage(26, LogLevel.Information, "Result will never expire, clean up result key manually")]
    public static partial void ResultKeptForever(ILogger log);

    [LoggerMessage(27, LogLevel.Error, "Worker {Worker}: job {JobId}: exception raised while executing ({Function})")]
    public static partial void JobRaised(ILogger log, Exception exception, string worker, string jobId, string function);

    [LoggerMessage(28, LogLevel.Information, "Job {JobId}: enqueued for retry, {Left} remaining")]
    public static partial void JobRetried(ILogger log, string jobId, int left);

    [LoggerMessage(29, LogLevel.Information, "Job {JobId}: scheduled for retry at {Time}, {Left} remaining")]
    public static partial void JobRetryScheduled(ILogger log, string jobId, string time, int left);

    [LoggerMessage(30, LogLevel.Warning, "Worker {Worker}: the return value of job {JobId} cannot be stored")]
    public static partial void ResultUnserializable(ILogger log, Exception exception, string worker, string jobId);

    [LoggerMessage(31, LogLevel.Error, "Worker {Worker}: job {JobId} ({Description}) ignores that its time is over; it was failed and goes on in the background")]
    public static partial void TimeoutIgnored(ILogger log, string worker, string jobId, string description);

    // Recovery.
    [LoggerMessage(40, LogLevel.Warning, "Worker {Worker}: lost the connection to Redis, waiting for it to return")]
    public static partial void ConnectionLost(ILogger log, Exception exception, string worker);

    [LoggerMessage(51, LogLevel.Error, "Worker {Worker}: a step failed, trying again")]
    public static partial void StepFailed(ILogger log, Exception exception, string worker);

    [LoggerMessage(52, LogLevel.Error, "Worker {Worker}: the outcome of job {JobId}, execution {ExecutionId}, cannot be stored; it is recorded as a failure")]
    public static partial void OutcomeUnstorable(ILogger log, Exception exception, string worker, string jobId, string executionId);

    [LoggerMessage(41, LogLevel.Information, "Worker {Worker}: Redis is back")]
    public static partial void ConnectionRestored(ILogger log, string worker);

    [LoggerMessage(42, LogLevel.Warning, "Worker {Worker}: registered again; its entry was gone (Redis was emptied, or others took it for dead)")]
    public static partial void RegisteredAgain(ILogger log, string worker);

    [LoggerMessage(43, LogLevel.Warning, "Worker {Worker}: heartbeat failed, trying again every second")]
    public static partial void HeartbeatFailed(ILogger log, Exception exception, string worker);

    [LoggerMessage(44, LogLevel.Warning, "Worker {Worker}: job {JobId} went on without its execution {ExecutionId}; the job's token is signalled and its outcome will be dropped")]
    public static partial void ExecutionLost(ILogger log, string worker, string jobId, string executionId);

    [LoggerMessage(45, LogLevel.Warning, "Worker {Worker}: dropped the outcome of job {JobId}, execution {ExecutionId}: the job has gone on without it or is no longer there")]
    public static partial void OutcomeDropped(ILogger log, string worker, string jobId, string executionId);

    [LoggerMessage(46, LogLevel.Warning, "Worker {Worker} was found dead with {Count} executions")]
    public static partial void WorkerFoundDead(ILogger log, string worker, int count);

    [LoggerMessage(47, LogLevel.Warning, "Job {JobId} of dead worker {Worker}: {Outcome}")]
    public static partial void JobRecovered(ILogger log, string jobId, string worker, string outcome);

    [LoggerMessage(48, LogLevel.Warning, "Worker {Worker}: maintenance failed, trying again")]
    public static partial void MaintenanceFailed(ILogger log, Exception exception, string worker);

    [LoggerMessage(49, LogLevel.Warning, "Worker {Worker}: could not say goodbye to Redis; it counts as dead in a few seconds")]
    public static partial void LeftWithoutGoodbye(ILogger log, Exception exception, string worker);

    [LoggerMessage(50, LogLevel.Debug, "Worker {Worker}: {Count} ids on the queues named no queued job (expired, canceled, or listed twice)")]
    public static partial void IdsDropped(ILogger log, string worker, int count);
}
