namespace RQ;

/// <summary>A stored return value cannot be turned into the type that was asked for. The job itself, its status and metadata can be read all the same.</summary>
#pragma warning disable CA1032 // Made here only.
public sealed class ResultUnreadableException : RqJobException
{
    internal ResultUnreadableException(string jobId, Type type, Exception reason)
        : base(jobId, $"The result of job '{jobId}' cannot be read as {type}: {reason.Message} The bytes are in JobResult.ReturnValueBytes.", reason) =>
        Type = type;

    /// <summary>The type that was asked for.</summary>
    public Type Type { get; }
}
