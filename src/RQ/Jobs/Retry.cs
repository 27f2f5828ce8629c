namespace RQ;

/// <summary>How often and how soon a failed job is run again.</summary>
public sealed class Retry
{
    /// <summary>Runs the job again at most <paramref name="max"/> times.</summary>
    /// <param name="max">At least 1.</param>
    /// <param name="intervals">
    /// How long to wait before each retry, in order, rounded up to whole seconds; the last one holds for all further retries.
    /// None means at once. A wait above zero needs a scheduler (Python's or ours).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is below 1, or an interval is negative.</exception>
    public Retry(int max, params ReadOnlySpan<TimeSpan> intervals)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        foreach (TimeSpan interval in intervals)
            ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero, nameof(intervals));
        Max = max;
        Intervals = intervals.IsEmpty ? [TimeSpan.Zero] : intervals.ToArray();
    }

    /// <summary>How often the job is run again.</summary>
    public int Max { get; }

    /// <summary>The waits before the retries, in order; at least one.</summary>
    public IReadOnlyList<TimeSpan> Intervals { get; }

    /// <summary>Whether a retried job goes to the head of the queue. Default: <c>false</c>.</summary>
    public bool AtFront { get; init; }
}
