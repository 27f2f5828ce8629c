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

    private RqConnection Rq => setup.Connection;

    /// <summary>Waits, within bounds, until everyone was told.</summary>
    public Task CompleteAsync(CancellationToken abort) => _notices.CompleteAsync(abort);

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
        Outcome outcome = RetryPolicy.AfterWorkerDeath(job, new Failure(abandoned.Message, abandoned));
        Verdict verdict = await SendAsync(execution, outcome, found).ConfigureAwait(false);
        if (verdict is not (Verdict.Applied or Verdict.Released or Verdict.Releasing))
            return verdict;
        Log.JobRecovered(setup.Log, job.Id, abandoned.WorkerName, outcome is Outcome.Failed ? "failed" : "queued again");
        if (verdict == Verdict.Releasing)
            await Release.FollowUpAsync(Rq, job.Id, stop).ConfigureAwait(false);
        // Told afterwards, because only one worker's recovery was applied. A job that is simply put back has not failed.
        if (outcome is not Outcome.GivenBack)
        {
            _notices.Tell(job, executionId, abandoned);
            setup.Webhooks.Send(execution, outcome);
        }

        return verdict;
    }

    /// <summary>
    /// Abandons it; when the answer was lost, once more. What is then done already was done by us when it ended at our time. If that
    /// cannot be told any more, because the job runs again or is gone, nobody is told of the failure.
    /// </summary>
    private async Task<Verdict> SendAsync(Execution execution, Outcome outcome, Overdue.Found? found)
    {
        try
        {
            return await Abandon.ExecuteAsync(Rq, execution, outcome, found).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException)
        {
            Verdict verdict = await Abandon.ExecuteAsync(Rq, execution, outcome, found).ConfigureAwait(false);
            if (verdict != Verdict.Already)
                return verdict;
            JobHash job = await ReadJobs.ExecuteAsync(Rq, execution.JobId).ConfigureAwait(false);
            return job.Text(JobFields.EndedAt) == RqTime.Timestamp(execution.EndedAt) ? Verdict.Applied : verdict;
        }
    }
}
