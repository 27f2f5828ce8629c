namespace RQ;

/// <summary>What a <see cref="JobExceptionHandler"/> is told.</summary>
public sealed class JobExceptionContext
{
    internal JobExceptionContext(JobContext context, Exception exception, Exception? callbackException)
    {
        Context = context;
        Exception = exception;
        CallbackException = callbackException;
    }

    /// <summary>The job; its status is failed, also when it will be retried.</summary>
    public Job Job => Context.Job;

    /// <summary>Why the attempt failed: the exception of the function, of a filter or of the success callback; a <see cref="JobTimeoutException"/>; an <see cref="AbandonedJobException"/>.</summary>
    public Exception Exception { get; }

    /// <summary>What the job's failure callback threw; <c>null</c> when it has none or it went well.</summary>
    public Exception? CallbackException { get; }

    /// <summary>The name of the queue that the job belongs to.</summary>
    public string Queue => Job.Origin;

    /// <summary>The worker that tells; not the one that ran the job, if that one died.</summary>
    public string WorkerName => Context.WorkerName;

    /// <summary>The run: its execution, attempt and services.</summary>
    public JobContext Context { get; }

    /// <summary>Signalled when the handler has taken too long.</summary>
    public CancellationToken CancellationToken => Context.CancellationToken;
}
