namespace RQ;

/// <summary>The base of errors about one job.</summary>
public abstract class RqJobException : RqException
{
    private protected RqJobException(string jobId, string message, Exception? innerException = null)
        : base(message, innerException) => JobId = jobId;

    /// <summary>The job that the error is about.</summary>
    public string JobId { get; }
}

/// <summary>No job has this id: it never had, it was deleted, or its time to live is over.</summary>
public sealed class JobNotFoundException : RqJobException
{
    internal JobNotFoundException(string jobId)
        : base(jobId, $"Job '{jobId}' was not found. It may have expired: finished jobs are kept for 500 s by default (JobOptions.ResultTtl).")
    {
    }
}

/// <summary>A job with this id runs at this moment, so the id cannot be enqueued again.</summary>
public sealed class JobIsRunningException : RqJobException
{
    internal JobIsRunningException(string jobId)
        : base(jobId, $"Job '{jobId}' is running, so it cannot be enqueued again now. Wait for its end, or use another JobOptions.Id.")
    {
    }
}

/// <summary>The job that was waited for ended without a value: it failed, was stopped or was canceled.</summary>
public sealed class JobFailedException : RqJobException
{
    internal JobFailedException(string jobId, JobStatus status, string? exceptionText)
        : base(jobId, Describe(jobId, status, exceptionText))
    {
        Status = status;
        ExceptionText = exceptionText;
    }

    /// <summary>How it ended.</summary>
    public JobStatus Status { get; }

    /// <summary>What the worker stored: the exception with its stack trace, as text. <c>null</c> when nothing was stored.</summary>
    public string? ExceptionText { get; }

    private static string Describe(string jobId, JobStatus status, string? text)
    {
        string? reason = FailureText.Summary(text);
        return $"Job '{jobId}' has {status.ToText()}{(reason is null ? "" : ": " + reason)}. The whole text is in ExceptionText.";
    }
}
