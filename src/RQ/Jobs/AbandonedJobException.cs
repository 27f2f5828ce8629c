using System.Globalization;

namespace RQ;

/// <summary>
/// The worker that ran the job died. Failure callbacks and exception handlers get it, in the worker that found out; its message
/// begins with RQ's words for such a failure.
/// </summary>
public sealed class AbandonedJobException : RqJobException
{
    internal AbandonedJobException(string jobId, string workerName, DateTimeOffset foundAt)
        : base(jobId, string.Create(CultureInfo.InvariantCulture,
            $"Moved to FailedJobRegistry, due to AbandonedJobError, at {foundAt.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}+00:00. Worker '{workerName}' died while it ran the job.")) =>
        WorkerName = workerName;

    /// <summary>The worker that died.</summary>
    public string WorkerName { get; }
}
