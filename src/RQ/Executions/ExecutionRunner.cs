using RQ.Diagnostics;
using RQ.Functions;
using RQ.Jobs;
using RQ.Serialization;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Runs one execution in this process and says how it ended: find the function, call it inside of the filters with its arguments
/// bound, call the callback that fits how it ended, write what it returned.
/// </summary>
/// <param name="setup">The worker.</param>
/// <param name="report">Is told how an execution ended. The first to tell counts: a run that was given back may tell later.</param>
/// <param name="threads">Where callbacks run; <c>null</c> makes a thread for each.</param>
internal sealed class ExecutionRunner(WorkerSetup setup, Action<RunningExecution, Outcome> report, JobThreads? threads = null)
{
    /// <summary>RQ's text for a return value that cannot be stored; the job counts as successful.</summary>
    private const string Unserializable = "Unserializable return value";

    private readonly CallbackRunner _callbacks = new(setup, threads);
    private readonly FailureNotice _notice = new(setup, threads);

    /// <summary>Never throws: whatever the job does is an outcome. Blocks the calling thread as long as the job's code does.</summary>
    public async Task RunAsync(RunningExecution running)
    {
        var run = new Run(setup, running);
        object? value = null;
        Exception? exception = null;
        try
        {
            value = await CallAsync(run).ConfigureAwait(false);
        }
        catch (Exception raised)
        {
            exception = raised;
        }

        await ConcludeAsync(run, value, exception).ConfigureAwait(false);
    }

    private async Task<object?> CallAsync(Run run)
    {
        CallData call = CallData.Read((byte[]?)run.Execution.Job.Data);
        run.Function = call.Function;
        run.Serializer = call.Serializer;
        if (call.HasInstance)
            throw new DataBindingException($"'{call.Function}' is called on a pickled Python object, which a .NET worker does not build. Enqueue a function instead.");
        JobFunction function = setup.Options.Functions.Resolve(call);
        return await setup.InScopeAsync(async services =>
        {
            JobContext context = run.ContextFor(services, run.Running.Token);
            // Arguments that do not fit fail the job before its time begins.
            object?[] arguments = function.Bind(call, context);
            run.Execution.HasBegun = true;
            run.Execution.StartedAt = setup.Time.GetUtcNow();
            using var limit = new TimeLimit(setup, run.Running, exception => GiveUp(run, exception));
            return await InvokeAsync(function, arguments, context, limit, run.Running).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task<object?> InvokeAsync(JobFunction function, object?[] arguments, JobContext context, TimeLimit limit, RunningExecution running)
    {
        JobContext.Current = context;
        try
        {
            if (running.IsStopping)
                running.Token.ThrowIfCancellationRequested();
            if (setup.Options.ExecutionFilters.Count == 0)
                await InvokeFunctionAsync().ConfigureAwait(false);
            else
                await setup.Options.ExecutionFilters.RunAsync(context, InvokeFunctionAsync).ConfigureAwait(false);
        }
        catch (Exception)
        {
            limit.ThrowIfOver();
            throw;
        }

        limit.ThrowIfOver();
        return context.ReturnValue;

        async ValueTask InvokeFunctionAsync() => context.ReturnValue = function.IsAsynchronous
            ? await function.InvokeAsync(arguments, context.Services).ConfigureAwait(false)
            : function.Invoke(arguments, context.Services);
    }

    /// <summary>The function did not heed its token: it is no longer waited for. <c>null</c> when the job was stopped.</summary>
    private void GiveUp(Run run, JobTimeoutException? exception)
    {
        if (exception is null)
            Log.StopIgnored(setup.Log, setup.Name, run.Execution.JobId, run.Execution.Job.Description);
        else
            Log.TimeoutIgnored(setup.Log, setup.Name, run.Execution.JobId, run.Execution.Job.Description);
        _ = ConcludeAsync(run, null, exception);
    }

    /// <summary>What follows the end of the function, once: whether it returned, threw, was stopped or was given up. Never throws.</summary>
    private async Task ConcludeAsync(Run run, object? value, Exception? exception)
    {
        if (!run.Running.TryClaim(out bool wasStopped))
            return;
        Outcome outcome;
        try
        {
            if (wasStopped)
                outcome = await StopAsync(run).ConfigureAwait(false);
            else if (exception is not null)
                outcome = await FailAsync(run, exception).ConfigureAwait(false);
            else if (value is Retry retry)
                outcome = RetryPolicy.AfterReturnedRetry(run.Execution.Job, retry);
            else
                outcome = await SucceedAsync(run, value).ConfigureAwait(false);
        }
        catch (Exception second)
        {
            // An exception of the job's own making may throw even when it is only looked at.
            outcome = new Outcome.Failed(new Failure($"{(exception ?? second).GetType()}: its text cannot be shown, because that threw {second.GetType()}."));
        }

        await run.Notes.FlushAsync().ConfigureAwait(false);
        report(run.Running, outcome);
    }

    private async Task<Outcome> StopAsync(Run run)
    {
        run.Job.ShowAs(JobStatus.Stopped);
        if (run.Execution.Job.StoppedCallback is { } callback && !run.Running.IsOver)
            await _callbacks.StoppedAsync(callback, run.ContextFor()).ConfigureAwait(false);
        return new Outcome.Stopped(new Failure(Failure.StoppedText));
    }

    private async Task<Outcome> SucceedAsync(Run run, object? value)
    {
        if (run.Execution.Job.SuccessCallback is { } callback && !run.Running.IsOver)
        {
            run.Job.ShowAs(JobStatus.Finished);
            try
            {
                await _callbacks.SuccessAsync(callback, run.ContextFor(), value).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                run.Function = callback.Function;
                return await FailAsync(run, exception).ConfigureAwait(false);
            }
        }

        return new Outcome.Finished(Store(value, run));
    }

    private async Task<Outcome> FailAsync(Run run, Exception exception)
    {
        Failure failure = Failure.Of(exception);
        Log.JobRaised(setup.Log, exception, setup.Name, run.Execution.JobId, run.Function);
        // Nobody is told of a run that was given back or lost: it is not the end of the job's attempt.
        if (!run.Running.IsOver)
            failure = await _notice.TellAsync(run.Execution.Job, run.ContextFor(), failure).ConfigureAwait(false);
        return RetryPolicy.AfterFailure(run.Execution.Job, failure, isListed: !setup.Options.DisableDefaultExceptionHandler);
    }

    private byte[]? Store(object? value, Run run)
    {
        if (value is null)
            return null;
        JobSerializer serializer = run.Serializer ?? setup.Connection.Serializer;
        try
        {
            return serializer.Serialize(DataTree.From(value));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.ResultUnserializable(setup.Log, exception, setup.Name, run.Execution.JobId);
            return serializer.Serialize(Unserializable);
        }
    }

    /// <summary>What belongs to one run.</summary>
    private sealed class Run(WorkerSetup setup, RunningExecution running)
    {
        public RunningExecution Running { get; } = running;

        public Execution Execution => Running.Execution;

        /// <summary>Shared by the function and the callbacks.</summary>
        public Job Job { get; } = new(setup.Connection, running.Execution.Job);

        public ExecutionNotes Notes { get; } = new(setup, running.Execution);

        /// <summary>What is called, for the log. RQ's word when the call cannot be read.</summary>
        public string Function { get; set; } = "<DeserializationError>";

        /// <summary>The format of the job's data, in which its result is written too.</summary>
        public JobSerializer? Serializer { get; set; }

        public JobContext ContextFor(IServiceProvider? services = null, CancellationToken cancellationToken = default) =>
            new(Job, Execution.Id, setup.Name, services, Notes, cancellationToken);
    }
}
