using RQ.Jobs;
using RQ.Redis;

namespace RQ.Executions;

/// <summary>Decides what a failure means for the job.</summary>
internal static class RetryPolicy
{
    /// <summary>A job whose worker dies is put back at most this often.</summary>
    public const int MaxRecoveries = 3;

    /// <summary>
    /// Retried while retries are left, unless the exception says otherwise: by itself, or by the job's <see cref="RetryRule"/>. The
    /// wait is the exception's, or RQ's <c>intervals[max(len − retries_left, 0)]</c>: a list shorter than the number of retries uses
    /// its first value several times, so our producers write lists of full length.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="failure">Why it failed.</param>
    /// <param name="isListed">See <see cref="Outcome.Failed"/>.</param>
    public static Outcome AfterFailure(JobHash job, Failure failure, bool isListed = true)
    {
        Exception? cause = Cause(failure.Exception);
        if (job.RetriesLeft is not > 0 || cause is GiveUpException || !IsAllowed(job, cause))
            return new Outcome.Failed(failure, isListed);
        int left = job.RetriesLeft.Value;
        TimeSpan after = cause is RetryAfterException wish ? TimeSpan.FromSeconds(Math.Min(wish.After.TotalSeconds, RqTime.MaxSeconds)) : Wait(job.RetryIntervals, left);
        return new Outcome.Retried(failure, after, left - 1, job.RetriesAtFront);
    }

    /// <summary>The job returned a <see cref="Retry"/>: run again as often as that one says, counted by <c>number_of_retries</c>; its retries are not used up.</summary>
    public static Outcome AfterReturnedRetry(JobHash job, Retry retry)
    {
        int count = job.NumberOfRetries;
        if (count >= retry.Max)
        {
            return new Outcome.RetriesExceeded(new Failure(
                $"The job returned a Retry once more, but was run again {count} times already, and Retry.Max is {retry.Max}. Let it return a result, or raise Max."));
        }

        return new Outcome.RetriedByItself(retry.Intervals[Math.Min(retry.Intervals.Count - 1, count)], count + 1, retry.AtFront);
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

    private static bool IsAllowed(JobHash job, Exception? cause) =>
        cause is null || RetryRule.Read(job.Text(JobFields.RetryRule)) is not { } rule || rule.Allows(cause);

    private static TimeSpan Wait(IReadOnlyList<long> intervals, int left) =>
        TimeSpan.FromSeconds(intervals.Count == 0 ? 0 : Math.Max(intervals[Math.Max(intervals.Count - left, 0)], 0));

    // Task.Wait and Task.Result wrap what the job threw.
    private static Exception? Cause(Exception? exception) =>
        exception is AggregateException { InnerExceptions.Count: 1 } wrapped ? Cause(wrapped.InnerException) : exception;
}
