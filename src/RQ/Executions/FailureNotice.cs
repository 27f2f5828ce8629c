using RQ.Diagnostics;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>Tells of a failed attempt before it is stored: first the job's failure callback, then the worker's exception handlers.</summary>
internal sealed class FailureNotice(WorkerSetup setup, JobThreads? threads)
{
    private readonly CallbackRunner _callbacks = new(setup, threads);

    /// <summary>Tells of it.</summary>
    /// <param name="job">The job as it was when it was taken.</param>
    /// <param name="run">The run, whose job is from here on shown as failed.</param>
    /// <param name="failure">Why it failed, with the exception.</param>
    /// <param name="isEnd">Whether the job is about to be stored as failed; if not, it is run again, or is stored already.</param>
    /// <returns>The failure as it is to be stored: an exception of the failure callback comes before the job's.</returns>
    public async Task<Failure> TellAsync(JobHash job, JobContext run, Failure failure, bool isEnd)
    {
        Exception exception = failure.Exception!;
        Exception? callbackException = null;
        run.Job.ShowAs(JobStatus.Failed);
        if (job.FailureCallback is { } callback && setup.Vouches(job, "failure callback"))
            callbackException = await _callbacks.FailureAsync(callback, run, failure, isEnd).ConfigureAwait(false);
        foreach (JobExceptionHandler handler in setup.Options.ExceptionHandlers)
        {
            if (!await HandleAsync(handler, run, exception, callbackException).ConfigureAwait(false))
                break;
        }

        return callbackException is null ? failure : failure.After(callbackException);
    }

    /// <summary>Tells of a job whose worker died and that has failed or is retried for it, in the worker that found out. Never throws.</summary>
    /// <param name="setup">The worker that found out.</param>
    /// <param name="job">The job as it was found.</param>
    /// <param name="executionId">The execution that was abandoned.</param>
    /// <param name="exception">What the callback and the handlers get.</param>
    /// <returns>The failure with what the callback threw, for those who tell before they store.</returns>
    public static Task<Failure> TellOfAbandonedAsync(WorkerSetup setup, JobHash job, string executionId, AbandonedJobException exception)
    {
        var run = new JobContext(new Job(setup.Connection, job), executionId, setup.Name, services: null, run: null, CancellationToken.None);
        return new FailureNotice(setup, threads: null).TellAsync(job, run, new Failure(exception.Message, exception), isEnd: false);
    }

    private async Task<bool> HandleAsync(JobExceptionHandler handler, JobContext run, Exception exception, Exception? callbackException)
    {
        try
        {
            return await LimitedCall.RunAsync(
                setup, threads, Callback.DefaultTimeout,
                token => setup.InScopeAsync(async services =>
                {
                    JobContext context = run.For(services, token);
                    JobContext.Current = context;
                    try
                    {
                        return await handler(new JobExceptionContext(context, exception, callbackException)).ConfigureAwait(false);
                    }
                    finally
                    {
                        context.End();
                    }
                }),
                () => new TimeoutException($"The exception handler took longer than {Callback.DefaultTimeout.TotalSeconds:0} s.")).ConfigureAwait(false);
        }
        catch (Exception own)
        {
            Log.HandlerRaised(setup.Log, own, setup.Name, run.Job.Id);
            return true;
        }
    }
}
