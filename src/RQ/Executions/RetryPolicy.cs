using RQ.Jobs;

namespace RQ.Executions;

/// <summary>Decides what a failure means for the job.</summary>
internal static class RetryPolicy
{
    /// <summary>A job whose worker dies is put back at most this often.</summary>
    public const int MaxRecoveries = 3;

    /// <summary>
    /// Retried while retries are left. The wait is RQ's <c>intervals[max(len − retries_left, 0)]</c>: a list shorter than the
    /// number of retries uses its first value several times, so our producers write lists of full length.
    /// </summary>
    public static Outcome AfterFailure(JobHash job, Failure failure)
    {
        if (job.RetriesLeft is not > 0)
            return new Outcome.Failed(failure);
        int left = job.RetriesLeft.Value;
        IReadOnlyList<long> intervals = job.RetryIntervals;
        long seconds = intervals.Count == 0 ? 0 : intervals[Math.Max(intervals.Count - left, 0)];
        return new Outcome.Retried(failure, TimeSpan.FromSeconds(Math.Max(seconds, 0)), left - 1, job.RetriesAtFront);
    }

    /// <summary>
    /// By the job's own wish. Jobs that say nothing come from Python, whose rule is: retried while retries are left, else failed.
    /// </summary>
    public static Outcome AfterWorkerDeath(JobHash job, Failure failure)
    {
        if (job.OnAbandoned != "requeue")
            return AfterFailure(job, failure);
        return job.Recoveries < MaxRecoveries
            ? new Outcome.GivenBack()
            : new Outcome.Failed(failure with { Text = $"{failure.Text} The job was put back {job.Recoveries} times before; its workers died each time." });
    }
}
