using RQ.Diagnostics;
using RQ.Functions;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>Calls a job's callbacks, each with its own time limit and in a service scope of its own.</summary>
internal sealed class CallbackRunner(WorkerSetup setup, JobThreads? threads)
{
    /// <summary>Before anything is stored. Whatever comes out fails the job.</summary>
    /// <exception cref="RqException">There is no such function.</exception>
    public async Task SuccessAsync(CallbackName callback, JobContext run, object? result)
    {
        try
        {
            await CallAsync(callback, run, null, [result]).ConfigureAwait(false);
        }
        catch (UnknownFunctionException exception) when (exception.Function == callback.Function)
        {
            throw new RqException($"The job's function returned, but its success callback cannot be called. {exception.Message}", exception);
        }
    }

    /// <summary>Before the failure is stored.</summary>
    /// <returns>What the callback threw; <c>null</c> when nothing, or when there is no such function.</returns>
    public Task<Exception?> FailureAsync(CallbackName callback, JobContext run, Exception failure) => AttemptAsync("failure", callback, run, failure);

    /// <summary>Before the job is stored as stopped. What it throws is only logged.</summary>
    public Task StoppedAsync(CallbackName callback, JobContext run) => AttemptAsync("stopped", callback, run, null);

    private async Task<Exception?> AttemptAsync(string kind, CallbackName callback, JobContext run, Exception? failure)
    {
        try
        {
            await CallAsync(callback, run, failure, []).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            Log.CallbackRaised(setup.Log, exception, setup.Name, run.Job.Id, kind, callback.Function);
            return exception is UnknownFunctionException unknown && unknown.Function == callback.Function ? null : exception;
        }
    }

    private async Task CallAsync(CallbackName callback, JobContext run, Exception? failure, object?[] result)
    {
        JobFunction function = setup.Options.Functions.ResolveCallback(callback.Function);
        await LimitedCall.RunAsync(setup, threads, callback.Timeout, InvokeAsync, () => new JobTimeoutException(run.Job.Id, callback.Timeout, callback.Function)).ConfigureAwait(false);

        Task<object?> InvokeAsync(CancellationToken token) => setup.InScopeAsync(async services =>
        {
            JobContext context = run.For(services, token);
            JobContext.Current = context;
            try
            {
                return await function.InvokeAsync(new CallbackArguments(context, failure, result).Bind(function), services).ConfigureAwait(false);
            }
            finally
            {
                context.End();
            }
        });
    }
}
