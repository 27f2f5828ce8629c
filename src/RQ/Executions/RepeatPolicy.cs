using RQ.Jobs;

namespace RQ.Executions;

/// <summary>Decides what a success means for a job that repeats.</summary>
internal static class RepeatPolicy
{
    /// <summary>The next run.</summary>
    /// <param name="RunsAfter">How many runs are left after it, the new <c>repeats_left</c>; a job that repeats for ever is not counted down.</param>
    /// <param name="Delay">Seconds until it; 0 for at once.</param>
    internal readonly record struct Next(int RunsAfter, long Delay);

    /// <summary>
    /// RQ's rule: the wait is <c>intervals[repeats_left]</c>, counted after this one, or the last entry. It reads a list from its
    /// end, so our producers write lists the other way round.
    /// </summary>
    /// <remarks>The transition has the last word: the series may have been ended meanwhile, or the next run may be due after its end.</remarks>
    /// <returns><c>null</c> when it is not run again.</returns>
    public static Next? AfterSuccess(JobHash job)
    {
        if (job.RepeatsLeft is not > 0)
            return null;
        int left = job.RepeatsForever ? EndlessRepeats.Stored : job.RepeatsLeft.Value - 1;
        IReadOnlyList<long> intervals = job.RepeatIntervals;
        return new Next(left, intervals.Count == 0 ? 0 : intervals[Math.Min(left, intervals.Count - 1)]);
    }
}
