namespace RQ;

/// <summary>
/// What a running job knows about itself. A job method gets it by having a parameter of this type, or from
/// <see cref="Current"/>; it is never part of the stored call.
/// </summary>
public sealed class JobContext
{
    private static readonly AsyncLocal<JobContext?> s_current = new();

    internal JobContext(Job job, string executionId, string workerName, IServiceProvider? services, CancellationToken cancellationToken)
    {
        Job = job;
        ExecutionId = executionId;
        WorkerName = workerName;
        Services = services;
        CancellationToken = cancellationToken;
    }

    /// <summary>The context of the job that runs in this flow of control; <c>null</c> outside of one.</summary>
    public static JobContext? Current
    {
        get => s_current.Value;
        internal set => s_current.Value = value;
    }

    /// <summary>The job, as it was when it was taken.</summary>
    public Job Job { get; }

    /// <summary>This execution's id, 32 hex digits. Each retry has another one.</summary>
    public string ExecutionId { get; }

    /// <summary>The worker that runs it.</summary>
    public string WorkerName { get; }

    /// <summary>
    /// Which attempt this is, counted from 1. Above 1 the job was retried, or its worker died: work done before may be done again.
    /// </summary>
    public int Attempt => Job.Attempts + 1;

    /// <summary>The worker's service provider; <c>null</c> when it has none.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>Signalled when the job's time is over, when the execution was lost to another worker, or when the worker must go at once.</summary>
    public CancellationToken CancellationToken { get; }
}
