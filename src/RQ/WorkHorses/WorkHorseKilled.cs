namespace RQ;

/// <summary>A work horse died while it ran a job.</summary>
/// <param name="Job">The job, as it was when it was taken.</param>
/// <param name="ProcessId">The id that the process had.</param>
/// <param name="ExitCode">Its exit code; <c>null</c> when a signal ended it.</param>
/// <param name="Signal">The number of the signal that ended it; <c>null</c> when it exited.</param>
/// <param name="PeakMemory">The most resident memory that was seen, in bytes; <c>null</c> when the job was too short to look.</param>
public sealed record WorkHorseKilled(Job Job, int ProcessId, int? ExitCode, int? Signal, long? PeakMemory);

/// <summary>What failure callbacks and exception handlers get when a job's work horse has died.</summary>
public sealed class WorkHorseTerminatedException : RqException
{
    internal WorkHorseTerminatedException(string message)
        : base(message)
    {
    }

    /// <summary>Its text alone, as RQ stores it: there is no stack trace.</summary>
    public override string ToString() => Message;
}
