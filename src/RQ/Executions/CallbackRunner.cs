using RQ.Diagnostics;
using RQ.Functions;
using RQ.Jobs;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>Calls a job's callbacks, each with its own time limit and in a service scope of its own.</summary>
internal sealed class CallbackRunner(WorkerSetup setup, JobThreads? threads)
{
    private readonly CallbackHandOver _handOver = new(setup);

    /// <summary>Before anything is stored. Whatever comes out fails the job.</summary>
    /// <exception cref="RqException">There is no such function, and it is not to be handed over.</exception>
    public async Task SuccessAsync(CallbackName callback, JobContext run, object? result)
    {
        try
        {
            if (Find(callback) is { } function)
                await CallAsync(function, callback, run, null, [result]).ConfigureAwait(false);
            else
                await HandOverAsync(CallbackEvent.Success, callback, run, isEnd: true, result).ConfigureAwait(false);
        }
        catch (UnknownFunctionException exception) when (exception.Function == callback.Function)
        {
            throw new RqException($"The job's function returned, but its success callback cannot be called. {exception.Message}", exception);
        }
    }

    /// <summary>Before the failure is stored.</summary>
    /// <param name="callback">The callback.</param>
    /// <param name="run">The run.</param>
    /// <param name="failure">Why it failed, with the exception.</param>
    /// <param name="isEnd">Whether the job is about to be stored as failed; if not, it is run again, or is stored already.</param>
    /// <returns>What the callback threw; <c>null</c> when nothing, or when there is no such function.</returns>
    public Task<Exception?> FailureAsync(CallbackName callback, JobContext run, Failure failure, bool isEnd) => AttemptAsync(
        CallbackEvent.Failure, callback, run, failure.Exception, isEnd, failure.Exception!.GetType().FullName, failure.Exception.Message, failure.Text);

    /// <summary>Before the job is stored as stopped. What it throws is only logged.</summary>
    public Task StoppedAsync(CallbackName callback, JobContext run) => AttemptAsync(CallbackEvent.Stopped, callback, run, null, isEnd: true);

    private async Task<Exception?> AttemptAsync(CallbackEvent on, CallbackName callback, JobContext run, Exception? failure, bool isEnd, params object?[] data)
    {
        try
        {
            if (Find(callback) is { } function)
                await CallAsync(function, callback, run, failure, []).ConfigureAwait(false);
            else
                await HandOverAsync(on, callback, run, isEnd, data).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            Log.CallbackRaised(setup.Log, exception, setup.Name, run.Job.Id, on.ToText(), callback.Function);
            return exception is UnknownFunctionException unknown && unknown.Function == callback.Function ? null : exception;
        }
    }

    /// <returns><c>null</c> when the callback is to be handed over.</returns>
    private JobFunction? Find(CallbackName callback) => setup.Options.UnknownCallback == UnknownCallback.HandOver
        ? setup.Options.Functions.FindCallback(callback.Function)
        : setup.Options.Functions.ResolveCallback(callback.Function);

    /// <summary>Makes it a job of its own. That this does not work is not the job's fault: it is only logged.</summary>
    private async Task HandOverAsync(CallbackEvent on, CallbackName callback, JobContext run, bool isEnd, params object?[] data)
    {
        try
        {
            while (!await TryHandOverAsync(on, callback, run, isEnd, data).ConfigureAwait(false))
                data = HandOverData.Smaller(on, data)!;
        }
        catch (Exception exception)
        {
            Log.CallbackNotHandedOver(setup.Log, exception, setup.Name, run.Job.Id, on.ToText(), callback.Function);
        }
    }

    /// <returns>Whether it was stored; if not, less may be.</returns>
    private async Task<bool> TryHandOverAsync(CallbackEvent on, CallbackName callback, JobContext run, bool isEnd, object?[] data)
    {
        try
        {
            await _handOver.SendAsync(run, callback, on, isEnd, data).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (HandOverData.IsReason(exception) && HandOverData.Smaller(on, data) is not null)
        {
            return false;
        }
    }

    private async Task CallAsync(JobFunction function, CallbackName callback, JobContext run, Exception? failure, object?[] result)
    {
        await LimitedCall.RunAsync(setup, threads, callback.Timeout, InvokeAsync, () => new JobTimeoutException(run.Job.Id, callback.Timeout, callback.Function)).ConfigureAwait(false);

        Task<object?> InvokeAsync(CancellationToken token) => setup.InScopeAsync(async services =>
        {
            JobContext context = run.For(services, token);
            JobContext.Current = context;
            try
            {
                return await function.InvokeAsync(new CallbackArguments(context, context.Job, failure, result).Bind(function), services).ConfigureAwait(false);
            }
            finally
            {
                context.End();
            }
        });
    }
}
