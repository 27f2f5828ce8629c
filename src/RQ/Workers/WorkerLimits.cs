using RQ.Executions;

namespace RQ.Workers;

/// <summary>What ends a worker by itself: a number of executions, or a time without work. Used by the loop alone.</summary>
internal sealed class WorkerLimits(WorkerSetup setup)
{
    private readonly long _most = setup.Options.MaxJobs ?? long.MaxValue;
    private long _lastWork = setup.Time.GetTimestamp();

    /// <summary>How many executions have begun.</summary>
    public long Count { get; private set; }

    public bool IsReached => Count >= _most;

    /// <summary>How many more may begin.</summary>
    public int Remaining => (int)Math.Min(_most - Count, int.MaxValue);

    /// <summary>After what time without work the worker ends; <c>null</c> when it waits for ever.</summary>
    public TimeSpan? UntilIdleTooLong
    {
        get
        {
            if (setup.Options.MaxIdleTime is not { } most || setup.Options.Burst)
                return null;
            TimeSpan left = most - setup.Time.GetElapsedTime(_lastWork);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Begin()
    {
        Count++;
        StartIdleTime();
    }

    /// <summary>An execution has ended. One whose function this worker does not know was none.</summary>
    public void End(Outcome outcome)
    {
        if (outcome is Outcome.GivenBack { UnknownSince: not null })
            Count--;
        StartIdleTime();
    }

    /// <summary>The time without work begins now.</summary>
    public void StartIdleTime() => _lastWork = setup.Time.GetTimestamp();
}
