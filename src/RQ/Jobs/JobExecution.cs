namespace RQ;

/// <summary>An attempt at a job that goes on now, as it was when it was read.</summary>
public sealed class JobExecution
{
    internal JobExecution(string jobId, string id)
    {
        JobId = jobId;
        Id = id;
    }

    /// <summary>The job.</summary>
    public string JobId { get; }

    /// <summary>The execution's id, 32 hex digits.</summary>
    public string Id { get; }

    /// <summary>When it began; <c>null</c> when unknown.</summary>
    public DateTimeOffset? CreatedAt { get; internal init; }

    /// <summary>When its worker last showed a sign of life for it; <c>null</c> when unknown.</summary>
    public DateTimeOffset? LastHeartbeat { get; internal init; }

    /// <summary>The worker that runs it; <c>null</c> when an older Python RQ did not say.</summary>
    public string? WorkerName { get; internal init; }
}
