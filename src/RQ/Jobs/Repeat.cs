namespace RQ;

/// <summary>How often and how soon a job is run again after it finished.</summary>
public sealed class Repeat
{
    /// <summary>Runs the job <paramref name="times"/> more times, each after the one before has finished. A failure ends the series.</summary>
    /// <param name="times">At least 1.</param>
    /// <param name="intervals">
    /// How long to wait before each further run, in order, rounded up to whole seconds; the last one holds for all that follow.
    /// None means at once. A wait above zero needs a scheduler: a worker with one (<see cref="WorkerOptions.WithScheduler"/>), a <see cref="Scheduler"/>, or Python's.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is below 1, or an interval is negative.</exception>
    /// <exception cref="ArgumentException">The intervals differ and are for more than 1,000 runs: each is stored with the job.</exception>
    public Repeat(int times, params ReadOnlySpan<TimeSpan> intervals)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        Times = times;
        Intervals = RQ.Jobs.Intervals.Check(intervals, times, nameof(intervals));
    }

    /// <summary>How often the job is run again.</summary>
    public int Times { get; }

    /// <summary>The waits before the further runs, in order; at least one.</summary>
    public IReadOnlyList<TimeSpan> Intervals { get; }
}
