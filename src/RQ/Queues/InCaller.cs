using RQ.Executions;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Workers;

namespace RQ.Queues;

/// <summary>
/// Runs a job in the process and the call that enqueued it, by the code that workers run jobs with, and stores its outcome by the
/// same transitions. As in RQ it is not retried or repeated, and a failure is not thrown.
/// </summary>
internal static class InCaller
{
    private static readonly WorkerOptions s_defaults = new();

    public static async Task RunAsync(Job job, JobHash hash, string executionId, WorkerOptions? options)
    {
        options ??= s_defaults;
        RqConnection rq = job.Connection;
        var execution = new Execution(executionId, job.Origin, InlineExecution.WorkerName, hash.Without(JobFields.RepeatsLeft), rq.TimeProvider.GetUtcNow());
        // The context of the job that enqueues this one is its own again afterwards.
        JobContext? outer = JobContext.Current;
        var running = new RunningExecution(execution);
        Outcome outcome;
        Verdict verdict;
        using (InlineExecution.KeepAlive(rq, options, running))
        {
            outcome = Final(options, await InlineExecution.RunAsync(rq, options, running).ConfigureAwait(false));
            JobContext.Current = outer;
            verdict = await SettleAsync(rq, execution, outcome, options).ConfigureAwait(false);
        }

        if (verdict == Verdict.Releasing)
            await Release.FollowUpAsync(rq, job.Id, CancellationToken.None).ConfigureAwait(false);
        if (verdict is Verdict.Applied or Verdict.Released or Verdict.Releasing)
            await InlineExecution.SendWebhooksAsync(rq, options, execution, outcome).ConfigureAwait(false);
        try
        {
            await job.RefreshAsync().ConfigureAwait(false);
        }
        catch (JobNotFoundException)
        {
            // Its results are not to be kept.
            job.ShowAs(outcome is Outcome.Finished ? JobStatus.Finished : JobStatus.Failed);
        }
    }

    // The answer may be lost after the server has done its work; every transition is safe to be sent again.
    private static async Task<Verdict> SettleAsync(RqConnection rq, Execution execution, Outcome outcome, WorkerOptions options)
    {
        try
        {
            return await SendAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            return await SendAsync().ConfigureAwait(false);
        }

        async Task<Verdict> SendAsync() => (outcome is Outcome.Finished
            ? await Finish.ExecuteAsync(rq, rq, InlineExecution.WorkerName, null, [new EndedExecution(execution, outcome)], options.ResultTtl).ConfigureAwait(false)
            : await Fail.ExecuteAsync(rq, rq, InlineExecution.WorkerName, null, [new EndedExecution(execution, outcome)]).ConfigureAwait(false))[0];
    }

    private static Outcome Final(WorkerOptions options, Outcome outcome) => outcome switch
    {
        Outcome.Retried retried => new Outcome.Failed(retried.Failure, !options.DisableDefaultExceptionHandler),
        Outcome.RetriedByItself => new Outcome.Failed(new Failure("The job returned a Retry, and jobs that are run by their caller are not run again.")),
        _ => outcome,
    };
}
