using Microsoft.Extensions.Logging;

namespace RQ.Diagnostics;

/// <summary>What is told about what happens around the run of a job: callbacks, handlers, stops, webhooks, notes.</summary>
internal static partial class Log
{
    [LoggerMessage(60, LogLevel.Error, "Worker {Worker}: job {JobId}: its {Kind} callback ({Function}) raised an exception")]
    public static partial void CallbackRaised(ILogger log, Exception exception, string worker, string jobId, string kind, string function);

    [LoggerMessage(61, LogLevel.Error, "Worker {Worker}: job {JobId}: an exception handler raised an exception; the next one goes on")]
    public static partial void HandlerRaised(ILogger log, Exception exception, string worker, string jobId);

    [LoggerMessage(62, LogLevel.Information, "Worker {Worker}: job {JobId}, execution {ExecutionId} is being stopped")]
    public static partial void JobStopping(ILogger log, string worker, string jobId, string executionId);

    [LoggerMessage(63, LogLevel.Information, "{Queue}: Job stopped by user ({JobId})")]
    public static partial void JobStopped(ILogger log, string queue, string jobId);

    [LoggerMessage(64, LogLevel.Warning, "Worker {Worker}: the command '{Command}' for job {JobId} had no effect: it does not run here (any more)")]
    public static partial void StopTooLate(ILogger log, string worker, string command, string jobId);

    [LoggerMessage(65, LogLevel.Warning, "Worker {Worker}: the command 'kill-horse' is ignored: jobs run inside this worker, there is no work-horse to kill. Stop the job instead")]
    public static partial void KillHorseIgnored(ILogger log, string worker);

    [LoggerMessage(66, LogLevel.Error, "Worker {Worker}: job {JobId} ({Description}) ignores that it was stopped; it is recorded as stopped and goes on in the background")]
    public static partial void StopIgnored(ILogger log, string worker, string jobId, string description);

    [LoggerMessage(67, LogLevel.Warning, "Worker {Worker}: job {JobId}: the webhook {Method} {Host} could not be sent")]
    public static partial void WebhookFailed(ILogger log, Exception exception, string worker, string jobId, string method, string host);

    [LoggerMessage(68, LogLevel.Debug, "Worker {Worker}: job {JobId}: progress or log lines could not be written yet, trying again")]
    public static partial void NotesDelayed(ILogger log, Exception exception, string worker, string jobId);

    [LoggerMessage(69, LogLevel.Warning, "Worker {Worker}: job {JobId} ended before its last progress or log lines were written; they are lost")]
    public static partial void NotesLost(ILogger log, Exception exception, string worker, string jobId);

    [LoggerMessage(71, LogLevel.Warning, "Worker {Worker}: stops without having waited for the failure callbacks of {Count} jobs of dead workers")]
    public static partial void AbandonedNotToldOf(ILogger log, string worker, int count);

    [LoggerMessage(72, LogLevel.Warning, "Worker {Worker}: job {JobId}: a webhook was dropped: {Count} others wait to be sent")]
    public static partial void WebhookDropped(ILogger log, string worker, string jobId, int count);

    [LoggerMessage(73, LogLevel.Warning, "Worker {Worker}: stops without having sent {Count} webhooks")]
    public static partial void WebhooksUnsent(ILogger log, string worker, int count);

    [LoggerMessage(74, LogLevel.Information, "Worker {Worker}: job {JobId}: its {Kind} callback ({Function}) is not known here; handed over as job {CallbackId} on {Queue}")]
    public static partial void CallbackHandedOver(ILogger log, string worker, string jobId, string kind, string function, string callbackId, string queue);

    [LoggerMessage(75, LogLevel.Debug, "Worker {Worker}: job {CallbackId} calls nothing yet: it is the {Kind} callback of job {JobId}, which is {Status}, and waits on as job {NewId}")]
    public static partial void CallbackWaitsAgain(ILogger log, string worker, string callbackId, string kind, string jobId, JobStatus status, string newId);

    [LoggerMessage(76, LogLevel.Debug, "Worker {Worker}: job {CallbackId} calls nothing: it is the {Kind} callback of job {JobId}, which is {Status}")]
    public static partial void CallbackNotMeant(ILogger log, string worker, string callbackId, string kind, string jobId, string status);

    [LoggerMessage(78, LogLevel.Error, "Worker {Worker}: job {JobId}: its {Kind} callback ({Function}) is not known here and could not be handed over: it is not called. The job ends as if it had none")]
    public static partial void CallbackNotHandedOver(ILogger log, Exception exception, string worker, string jobId, string kind, string function);

    [LoggerMessage(95, LogLevel.Warning, "Worker {Worker}: job {JobId}: its data is refused, so its {What} may be anybody's and will be left out")]
    public static partial void NotVouchedFor(ILogger log, string worker, string jobId, string what);

    [LoggerMessage(70, LogLevel.Information, "Job {JobId}: returned a Retry, runs again ({Count} so far)")]
    public static partial void JobRetriedByItself(ILogger log, string jobId, int count);
}
