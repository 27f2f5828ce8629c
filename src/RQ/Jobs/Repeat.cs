using RQ.Jobs;

namespace RQ;

/// <summary>How often and how soon a job is run again after it finished. A failure ends the series, and so do canceling and deleting it.</summary>
public sealed class Repeat
{
    /// <summary>Runs the job <paramref name="times"/> more times, each after the one before has finished. A failure ends the series.</summary>
    /// <param name="times">From 1 to 999,999,999. See <see cref="Forever"/> for more.</param>
    /// <param name="intervals">
    /// How long to wait before each further run, counted from the end of the one before, in order, rounded up to whole seconds; the last one holds for all
    /// that follow. None means at once. A wait above zero needs a scheduler: a worker with one (<see cref="WorkerOptions.WithScheduler"/>), a <see cref="Scheduler"/>, or Python's.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is out of its range, or an interval is negative.</exception>
    /// <exception cref="ArgumentException">The intervals differ and are for more than 1,000 runs: each is stored with the job.</exception>
    public Repeat(int times, params ReadOnlySpan<TimeSpan> intervals)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        if (times >= EndlessRepeats.Least)
        {
            throw new ArgumentOutOfRangeException(
                nameof(times), times, $"So many times cannot be told from a job that repeats for ever: say Repeat.Forever, or at most {EndlessRepeats.Least - 1}.");
        }

        Times = times;
        Intervals = RQ.Jobs.Intervals.Check(intervals, times, nameof(intervals));
    }

    private Repeat(TimeSpan interval) => Intervals = [interval];

    /// <summary>Runs the job again and again, each time after the one before has finished, until it fails, is canceled or <paramref name="until"/> has come.</summary>
    /// <param name="interval">How long to wait before each further run, counted from the end of the one before; above zero, rounded up to whole seconds.</param>
    /// <param name="until">See <see cref="Until"/>. Default: no such time.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="interval"/> is not above zero: such a job would keep a worker busy for ever.</exception>
    public static Repeat Forever(TimeSpan interval, DateTimeOffset? until = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        return new Repeat(interval) { Until = until };
    }

    /// <summary>How often the job is run again; <c>null</c> for ever.</summary>
    public int? Times { get; }

    /// <summary>The waits before the further runs, in order; at least one.</summary>
    public IReadOnlyList<TimeSpan> Intervals { get; }

    /// <summary>
    /// A further run that would be due after this is not made: the series then ends, and the job is kept like any that has finished. By the server's clock; the first
    /// run is made in any case. Workers of Python RQ do not know it and go on. Default: no such time.
    /// </summary>
    public DateTimeOffset? Until { get; init; }
}
