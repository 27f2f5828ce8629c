using RQ.Diagnostics;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Workers;

/// <summary>Sends the jobs of dead workers where their policy says, and tells those who want to know.</summary>
internal sealed class Abandonment(WorkerSetup setup, CancellationToken stop)
{
    private readonly AbandonedNotices _notices = new(setup);
    private readonly FollowUps _followUps = new(setup, stop);

    private RqConnection Rq => setup.Connection;

    /// <summary>Waits, within bounds, until everyone was told. What the ends of the jobs have left to do is left to others.</summary>
    public async Task CompleteAsync(CancellationToken abort)
    {
        await _notices.CompleteAsync(abort).ConfigureAwait(false);
        await _followUps.CompleteAsync().WaitAsync(abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>An execution of one of our workers, whose lease has run out.</summary>
    public async Task<Verdict> AbandonAsync(string worker, string jobId, string executionId)
    {
        JobHash job = await ReadJobs.ExecuteAsync(Rq, jobId).ConfigureAwait(false);
        return await AbandonAsync(job, executionId, job.Origin, worker, found: null).ConfigureAwait(false);
    }

    /// <summary>An execution without a lease, whose entry is overdue.</summary>
    public async Task<Verdict> AbandonAsync(Overdue.Found found, string queue)
    {
        JobHash job = await ReadJobs.ExecuteAsync(Rq, found.JobId).ConfigureAwait(false);
        // Where the entry names no execution, this one stands for it, so that a call that is sent twice knows itself.
        string execution = found.ExecutionId.Length > 0 ? found.ExecutionId : ExecutionIds.New(1)[0];
        return await AbandonAsync(job, execution, queue, found.Worker, found).ConfigureAwait(false);
    }

    private async Task<Verdict> AbandonAsync(JobHash job, string executionId, string queue, string worker, Overdue.Found? found)
    {
        DateTimeOffset now = setup.Time.GetUtcNow();
        var execution = new Execution(executionId, queue, worker, job, job.Time(JobFields.StartedAt) ?? now) { EndedAt = now };
        var abandoned = new AbandonedJobException(job.Id, worker.Length > 0 ? worker : "unknown", now);
        var failure = new Failure(abandoned.Message, abandoned);
        (Verdict verdict, Outcome outcome) = await SendAsync(execution, RetryPolicy.AfterWorkerDeath(job, failure), failure, found).ConfigureAwait(false);
        if (verdict is not (Verdict.Applied or Verdict.Released or Verdict.Releasing))
            return verdict;
        Log.JobRecovered(setup.Log, job.Id, abandoned.WorkerName, outcome is Outcome.Failed ? "failed" : "queued again");
        // Told afterwards, because only one worker's recovery was applied. A job that is simply put back has not failed.
        if (outcome is not Outcome.GivenBack)
        {
            _notices.Tell(job, executionId, abandoned);
            setup.Webhooks.Send(execution, outcome);
        }

        // It may take long, and others are still to be recovered.
        if (verdict == Verdict.Releasing)
            _followUps.Begin(job.Id);

        return verdict;
    }

    /// <summary>
    /// Abandons it; when the answer was lost, once more. The same when the server refused something: that is raised also when the end is
    /// stored. What is then done already was done by us when it ended at our time. If that cannot be told any more, because the job runs
    /// again or is gone, nobody is told of the failure.
    /// </summary>
    /// <returns>The verdict, and the outcome that is stored: a job that cannot wait where it was to has failed.</returns>
    private async Task<(Verdict Verdict, Outcome Outcome)> SendAsync(Execution execution, Outcome outcome, Failure failure, Overdue.Found? found)
    {
        try
        {
            return (await Abandon.ExecuteAsync(Rq, execution, outcome, found).ConfigureAwait(false), outcome);
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException || IsRefusal(exception))
        {
            Verdict verdict = await Abandon.ExecuteAsync(Rq, execution, outcome, found).ConfigureAwait(false);
            if (verdict != Verdict.Already)
                return (verdict, outcome);
            JobHash job = await ReadJobs.ExecuteAsync(Rq, execution.JobId).ConfigureAwait(false);
            if (job.Text(JobFields.EndedAt) != RqTime.Timestamp(execution.EndedAt))
                return (verdict, outcome);
            if (IsRefusal(exception))
                Log.MaintenanceFailed(setup.Log, exception, setup.Name);
            return (Verdict.Applied, job.Status == JobStatus.Failed.ToText() && outcome is not Outcome.Failed ? new Outcome.Failed(failure) : outcome);
        }
    }

    private static bool IsRefusal(Exception exception) => exception is RedisServerException && !ConnectionLoss.Is(exception);
}
