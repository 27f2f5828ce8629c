namespace RQ;

/// <summary>
/// How often and how soon a failed job is run again. A job function may also return one: then the job is run again although it
/// did not fail, as often as that one says.
/// </summary>
public sealed class Retry
{
    /// <summary>Runs the job again at most <paramref name="max"/> times.</summary>
    /// <param name="max">At least 1.</param>
    /// <param name="intervals">
    /// How long to wait before each retry, in order, rounded up to whole seconds; the last one holds for all further retries.
    /// None means at once. A wait above zero needs a scheduler: a worker with one (<see cref="WorkerOptions.WithScheduler"/>), a <see cref="Scheduler"/>, or Python's.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1, or an interval is negative.</exception>
    /// <exception cref="ArgumentException">The intervals differ and are for more than 1,000 retries: each is stored with the job.</exception>
    public Retry(int max, params ReadOnlySpan<TimeSpan> intervals)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        Max = max;
        Intervals = RQ.Jobs.Intervals.Check(intervals, max, nameof(intervals));
    }

    /// <summary>How often the job is run again.</summary>
    public int Max { get; }

    /// <summary>The waits before the retries, in order; at least one.</summary>
    public IReadOnlyList<TimeSpan> Intervals { get; }

    /// <summary>Whether a retried job goes to the head of the queue. Default: <c>false</c>.</summary>
    public bool AtFront { get; init; }

    /// <summary>
    /// The exceptions that are retried, subclasses included; after any other one the job fails at once. Default: none listed, which
    /// means all. Judged by .NET workers only.
    /// </summary>
    public IReadOnlyList<Type> OnlyOn { get; init; } = [];

    /// <summary>The exceptions after which the job fails at once, subclasses included. Default: none. Judged by .NET workers only.</summary>
    public IReadOnlyList<Type> NeverOn { get; init; } = [];

    /// <summary>The rule as it was stored: a process that reads it need not have the types of the exceptions.</summary>
    internal RQ.Jobs.RetryRule? Stored { get; init; }

    /// <summary>
    /// Waits longer before each retry: <paramref name="first"/>, then each time <paramref name="factor"/> times as long, at most
    /// <paramref name="maximum"/>. The waits are fixed here and stored with the job, so that Python workers keep them too.
    /// </summary>
    /// <param name="max">How often the job is run again. 1 to 1,000.</param>
    /// <param name="first">The wait before the first retry. Above zero.</param>
    /// <param name="factor">At least 1; default 2.</param>
    /// <param name="maximum">The longest wait; default one hour.</param>
    /// <param name="jitter">
    /// Makes each wait up to this part shorter, at random, so that jobs that failed together do not come back together.
    /// 0 to 1; default 0.2.
    /// </param>
    /// <param name="random">Where chance comes from; default a new <see cref="Random"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is outside of its range.</exception>
    public static Retry Exponential(
        int max, TimeSpan first, double factor = 2, TimeSpan? maximum = null, double jitter = 0.2, Random? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(first, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(jitter, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(jitter, 1);
        TimeSpan longest = maximum ?? TimeSpan.FromHours(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, first, nameof(maximum));
        random ??= new Random();
        var waits = new TimeSpan[Math.Max(max, 0)];
        double seconds = first.TotalSeconds;
        for (int i = 0; i < waits.Length; i++)
        {
            waits[i] = TimeSpan.FromSeconds(seconds * (1 - jitter * random.NextDouble()));
            seconds = Math.Min(seconds * factor, longest.TotalSeconds);
        }

        return new Retry(max, waits);
    }
}
