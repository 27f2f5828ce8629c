using RQ.Redis;

namespace RQ.Jobs;

/// <summary>
/// Lists of waits between runs, as users write them and as they are stored. Every worker, Python's too, must wait in the order
/// the user wrote, so the lists are stored in the form in which RQ's ways of reading them come out right.
/// </summary>
internal static class Intervals
{
    /// <summary>A list is stored with one entry per run when its entries differ.</summary>
    private const int MaxStored = 1000;

    /// <exception cref="ArgumentOutOfRangeException">An interval is negative.</exception>
    /// <exception cref="ArgumentException">They differ, and are for more runs than are stored one by one.</exception>
    public static TimeSpan[] Check(ReadOnlySpan<TimeSpan> intervals, int runs, string name)
    {
        foreach (TimeSpan interval in intervals)
            ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero, name);
        if (runs > MaxStored && intervals.Length > 1)
            throw new ArgumentException($"Different intervals can be given for up to {MaxStored} runs, not for {runs}. Give one interval for all.", name);
        return intervals.IsEmpty ? [TimeSpan.Zero] : intervals.ToArray();
    }

    /// <summary>
    /// RQ takes <c>intervals[max(len − retries_left, 0)]</c> before a retry, so that a list that is too short uses its first
    /// value several times. A list of full length is read in order.
    /// </summary>
    public static long[] ForRetries(IReadOnlyList<TimeSpan> intervals, int runs) => Full(intervals, runs);

    /// <summary>RQ takes <c>intervals[repeats_left]</c>, or the last one: it reads a list of full length from its end.</summary>
    public static long[] ForRepeats(IReadOnlyList<TimeSpan> intervals, int runs)
    {
        long[] full = Full(intervals, runs);
        Array.Reverse(full);
        return full;
    }

    private static long[] Full(IReadOnlyList<TimeSpan> intervals, int runs)
    {
        if (intervals.Count == 1)
            return [RqTime.Seconds(intervals[0])];
        var seconds = new long[runs];
        for (int i = 0; i < runs; i++)
            seconds[i] = RqTime.Seconds(intervals[Math.Min(i, intervals.Count - 1)]);
        return seconds;
    }
}
