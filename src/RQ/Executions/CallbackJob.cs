using RQ.Diagnostics;
using RQ.Functions;
using RQ.Jobs;
using RQ.Queues;
using RQ.Serialization;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// What a callback that is a job of its own is called with, when a .NET worker knows it: the same as if the job's worker had called
/// it. One that was handed over (<see cref="CallbackHandOver"/>) brings its arguments along; one that was enqueued with its job
/// (<see cref="Queues.EnqueuedCallbacks"/>) is called with what is stored about the job.
/// </summary>
internal static class CallbackJob
{
    /// <param name="setup">The worker.</param>
    /// <param name="link">Whose callback it is.</param>
    /// <param name="call">The call as it is stored.</param>
    /// <param name="context">The run of the callback.</param>
    /// <returns><c>null</c> when it is not to be called: the job ended in another way, or waits again, and so does another callback.</returns>
    /// <exception cref="RqException">The job is gone, so nobody knows any more how it ended.</exception>
    public static async Task<CallbackArguments?> ReadAsync(WorkerSetup setup, CallbackLink link, CallData call, JobContext context)
    {
        Job? job = (await Job.FetchManyAsync([link.JobId], setup.Connection).ConfigureAwait(false))[0];
        // Whoever stores the end of an execution says that it has come. Python has released this one, at the end of another.
        if (call.Arguments.Count > 1 && !link.HasCome)
        {
            Log.CallbackNotMeant(setup.Log, setup.Name, context.Job.Id, link.On.ToText(), link.JobId, job?.Status.ToText() ?? "gone");
            return null;
        }

        return (link.On, call.Arguments) switch
        {
            (CallbackEvent.Success, [_, _, var result]) => new CallbackArguments(context, job, null, [result]),
            (CallbackEvent.Failure, [_, _, _, _, var text]) => new CallbackArguments(context, job, new JobFailedException(link.JobId, JobStatus.Failed, text as string), []),
            (CallbackEvent.Stopped, [_, _]) => new CallbackArguments(context, job, null, []),
            (_, [_]) => await AfterEndAsync(setup, link, call.Function, job, context).ConfigureAwait(false),
            _ => throw new DataBindingException($"'{call.Function}' is called as the {link.On.ToText()} callback of job '{link.JobId}', but not with the arguments of one."),
        };
    }

    private static async Task<CallbackArguments?> AfterEndAsync(WorkerSetup setup, CallbackLink link, string function, Job? job, JobContext context)
    {
        if (job is null || (link.HasCome && !link.IsFor(job)))
        {
            string gone = job is null ? "which is no longer there" : "and a new job has taken that id";
            throw new RqException(
                $"This job is the {link.On.ToText()} callback of job '{link.JobId}', {gone}: how it ended is not known, so nothing was called. " +
                "Keep jobs with such callbacks until these have run: JobOptions.ResultTtl and FailureTtl say how long.");
        }

        JobStatus expected = link.On switch
        {
            CallbackEvent.Success => JobStatus.Finished,
            CallbackEvent.Failure => JobStatus.Failed,
            _ => JobStatus.Stopped,
        };
        bool mayComeToIt = link.IsFor(job) && job.Status is not (JobStatus.Finished or JobStatus.Canceled);
        if (mayComeToIt && job.Status != expected)
        {
            string waits = await EnqueuedCallbacks.WaitAgainAsync(context.Job, function, link.Waiting).ConfigureAwait(false);
            Log.CallbackWaitsAgain(setup.Log, setup.Name, context.Job.Id, link.On.ToText(), link.JobId, job.Status, waits);
            return null;
        }

        if (!link.IsFor(job) || job.Status != expected)
        {
            Log.CallbackNotMeant(setup.Log, setup.Name, context.Job.Id, link.On.ToText(), link.JobId, job.Status.ToText());
            return null;
        }

        if (link.On == CallbackEvent.Stopped)
            return new CallbackArguments(context, job, null, []);
        JobResult? result = await job.ReadLatestResultAsync().ConfigureAwait(false);
        if (link.On == CallbackEvent.Failure)
            return new CallbackArguments(context, job, new JobFailedException(job.Id, job.Status, result?.ExceptionText), []);
        return result?.Unreadable is { } unreadable
            ? throw new DataBindingException($"The success callback of job '{job.Id}' cannot be called: the job's result cannot be read. {unreadable.Message}", unreadable)
            : new CallbackArguments(context, job, null, [result?.ReturnValue]);
    }
}
