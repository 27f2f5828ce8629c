using RQ.Serialization;

namespace RQ;

/// <summary>How one execution of a job ended, in RQ's numbers.</summary>
public enum JobResultType
{
    /// <summary>The function returned.</summary>
    Successful = 1,

    /// <summary>It failed, or was stopped.</summary>
    Failed = 2,

    /// <summary>It was stopped. RQ has the number but never writes it.</summary>
    Stopped = 3,

    /// <summary>It asked to be run again.</summary>
    Retried = 4,

    /// <summary>It asked to be run again once too often.</summary>
    MaxRetriesExceeded = 5,
}

/// <summary>The stored outcome of one execution. A job that has not ended has none, which is something else than a result whose value is null.</summary>
public class JobResult
{
    internal JobResult(string jobId, JobResultType type)
    {
        JobId = jobId;
        Type = type;
    }

    private protected JobResult(JobResult other)
    {
        JobId = other.JobId;
        Type = other.Type;
        ReturnValue = other.ReturnValue;
        ReturnValueBytes = other.ReturnValueBytes;
        Unreadable = other.Unreadable;
        ExceptionText = other.ExceptionText;
        WorkerName = other.WorkerName;
        ExecutionId = other.ExecutionId;
        CreatedAt = other.CreatedAt;
        ExecutionStartedAt = other.ExecutionStartedAt;
        ExecutionEndedAt = other.ExecutionEndedAt;
    }

    /// <summary>The job.</summary>
    public string JobId { get; }

    /// <summary>How the execution ended. A number that is no member of the enumeration comes from a newer RQ.</summary>
    public JobResultType Type { get; }

    /// <summary>Whether the function returned.</summary>
    public bool IsSuccessful => Type == JobResultType.Successful;

    /// <summary>
    /// What the function returned, as plain data: null, bool, long, double, string, byte[], lists, tuples as arrays, dictionaries.
    /// A value that cannot be read is the text <c>Unserializable return value</c>, as in RQ; <see cref="GetReturnValue{T}"/> says why.
    /// </summary>
    public object? ReturnValue { get; internal init; }

    /// <summary>What the function returned, as it is stored: in the format of the job's call. <c>null</c> when nothing is stored, as for a null.</summary>
    public ReadOnlyMemory<byte>? ReturnValueBytes { get; internal init; }

    /// <summary>Why the value cannot be read; <c>null</c> when it can.</summary>
    internal Exception? Unreadable { get; init; }

    /// <summary>The exception with its stack trace, as text; <c>null</c> for a success.</summary>
    public string? ExceptionText { get; internal init; }

    /// <summary>The worker; <c>null</c> when unknown.</summary>
    public string? WorkerName { get; internal init; }

    /// <summary>The execution, 32 hex digits; <c>null</c> when the worker was an older Python RQ.</summary>
    public string? ExecutionId { get; internal init; }

    /// <summary>When it was stored; <c>null</c> when the server keeps no result streams and the job no end time.</summary>
    public DateTimeOffset? CreatedAt { get; internal init; }

    /// <summary>When the execution began; <c>null</c> when unknown.</summary>
    public DateTimeOffset? ExecutionStartedAt { get; internal init; }

    /// <summary>When the execution ended; <c>null</c> when unknown.</summary>
    public DateTimeOffset? ExecutionEndedAt { get; internal init; }

    /// <summary>The value as a type of yours.</summary>
    /// <typeparam name="T">The type that the value is bound to, as parameters of job functions are.</typeparam>
    /// <exception cref="ResultUnreadableException">The stored value cannot be read, or does not fit the type.</exception>
    public T? GetReturnValue<T>()
    {
        if (Unreadable is not null)
            throw new ResultUnreadableException(JobId, typeof(T), Unreadable);
        try
        {
            return (T?)DataBinder.Bind(ReturnValue, typeof(T));
        }
        catch (DataBindingException exception)
        {
            throw new ResultUnreadableException(JobId, typeof(T), exception);
        }
    }

    /// <summary>The value, or the first line of what went wrong.</summary>
    public override string ToString() => IsSuccessful ? ReturnValue?.ToString() ?? "null" : FailureText.Summary(ExceptionText) ?? Type.ToString();
}

/// <summary>The stored outcome of one execution whose return value has a known type.</summary>
/// <typeparam name="T">The type of the return value.</typeparam>
public sealed class JobResult<T> : JobResult
{
    internal JobResult(JobResult result)
        : base(result)
    {
    }

    /// <summary>What the function returned; the default of the type when it failed or returned null.</summary>
    /// <exception cref="ResultUnreadableException">The stored value cannot be read, or does not fit the type.</exception>
    public T? Value => IsSuccessful && ReturnValue is not null ? GetReturnValue<T>() : default;
}
