using Microsoft.Extensions.DependencyInjection;
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
internal sealed class ExecutionRunner
{
    /// <summary>RQ's text for a return value that cannot be stored; the job counts as successful.</summary>
    public const string Unserializable = "Unserializable return value";

    private static readonly TimeSpan s_leaseLook = TimeSpan.FromMilliseconds(20);

    private readonly CallbackRunner _callbacks;
    private readonly FailureNotice _notice;
    private readonly UnknownFunctions _unknown;
    private readonly WorkerSetup _setup;
    private readonly Action<RunningExecution, Outcome> _report;
    private readonly Action<ExecutionRun, JobTimeoutException?> _giveUp;

    /// <param name="setup">The worker.</param>
    /// <param name="report">Is told how an execution ended. The first to tell counts: a run that was given back may tell later.</param>
    /// <param name="threads">Where callbacks run; <c>null</c> makes a thread for each.</param>
    public ExecutionRunner(WorkerSetup setup, Action<RunningExecution, Outcome> report, JobThreads? threads = null)
    {
        _setup = setup;
        _report = report;
        _callbacks = new CallbackRunner(setup, threads);
        _notice = new FailureNotice(setup, threads);
        _unknown = new UnknownFunctions(setup);
        _giveUp = GiveUp;
    }

    /// <summary>Never throws: whatever the job does is an outcome. Blocks the calling thread as long as the job's code does.</summary>
    public async Task RunAsync(RunningExecution running)
    {
        var run = new ExecutionRun(_setup, running);
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

        Outcome? held = null;
        if (exception is UnknownFunctionException unknown)
        {
            try
            {
                (held, exception) = await _unknown.HoldAsync(running, run.Function, unknown).ConfigureAwait(false);
            }
            catch (Exception raised)
            {
                // An execution that is not reported would keep its slot for ever.
                exception = raised;
            }
        }

        if (!running.TryClaim(out bool wasStopped))
        {
            Log.LateEnd(_setup.Log, _setup.Name, run.Execution.JobId);
            return;
        }

        if (held is not null && !wasStopped)
        {
            _report(running, held);
            return;
        }

        _setup.Reports?.Claimed(run.Execution, exception, HasUsersCodeBeforeEnd(run, value, exception, wasStopped));
        await ConcludeAsync(run, value, exception, wasStopped).ConfigureAwait(false);
    }

    /// <summary>What follows the end of a function that ended with the process that ran it. Never throws.</summary>
    /// <param name="running">The execution.</param>
    /// <param name="exception">Why; <c>null</c> when somebody stopped it.</param>
    public Task ConcludeAsync(RunningExecution running, Exception? exception)
    {
        running.TryClaim(out _);
        return ConcludeAsync(new ExecutionRun(_setup, running), null, exception, wasStopped: exception is null);
    }

    private async ValueTask<object?> CallAsync(ExecutionRun run)
    {
        CallData call = CallData.Read(run.Execution.Job, _setup.Connection);
        run.Function = call.Function;
        run.Serializer = call.Serializer;
        if (call.HasInstance)
            throw new DataBindingException($"'{call.Function}' is called on a pickled Python object, which a .NET worker does not build. Enqueue a function instead.");
        var callback = CallbackLink.Read(run.Execution.Job);
        JobFunction function = callback is null ? _setup.Options.Functions.Resolve(call) : _setup.Options.Functions.ResolveCallback(call.Function);
        AsyncServiceScope? scope = _setup.NewScope();
        TimeLimit? limit = null;
        try
        {
            JobContext context = run.ContextFor(scope?.ServiceProvider ?? _setup.Options.Services);
            // Arguments that do not fit fail the job before its time begins.
            object?[]? arguments = callback is null
                ? Bind(function, call, context)
                : (await CallbackJob.ReadAsync(_setup, callback, call, context).ConfigureAwait(false))?.Bind(function);
            if (arguments is null)
                return null;
            AwaitLease(run.Running);
            limit = Begin(run);
            return await InvokeAsync(run, limit, function, arguments, context).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                // The limit holds for this, too: what is disposed of is the user's.
                if (scope is { } made)
                    await DisposeAsync(made).ConfigureAwait(false);
            }
            finally
            {
                limit?.Dispose();
            }
        }
    }

    /// <summary>
    /// The worker may have stood still since it took the job, for longer than its lease: then it waits for the heartbeat, which finds out whether the job is still ours. In a work
    /// horse the worker has looked.
    /// </summary>
    /// <exception cref="OperationCanceledException">It is not.</exception>
    private void AwaitLease(RunningExecution running)
    {
        if (_setup.Reports is not null || !_setup.Pulse.IsLeaseInDoubt)
            return;
        while (_setup.Pulse.IsLeaseInDoubt && !running.IsOver && !running.WasStopped)
            running.Token.WaitHandle.WaitOne(s_leaseLook);
        if (running.IsOver)
            throw new OperationCanceledException();
    }

    private TimeLimit Begin(ExecutionRun run)
    {
        run.Execution.HasBegun = true;
        run.Execution.StartedAt = _setup.Time.GetUtcNow();
        _setup.Reports?.Began(run.Execution);
        return new TimeLimit(_setup, run, _giveUp);
    }

    private async ValueTask<object?> InvokeAsync(ExecutionRun run, TimeLimit limit, JobFunction function, object?[] arguments, JobContext context)
    {
        JobContext.Current = context;
        try
        {
            if (run.Running.WasStopped)
                run.Running.Token.ThrowIfCancellationRequested();
            await Call(function, arguments, context).ConfigureAwait(false);
        }
        catch (Exception)
        {
            limit.ThrowIfOver();
            throw;
        }
        finally
        {
            context.End();
        }

        limit.ThrowIfOver();
        return context.ReturnValue;
    }

    // What users have made is built and disposed of by code of theirs.
    private static object?[] Bind(JobFunction function, CallData call, JobContext context)
    {
        using WorkerThread.Lending lending = WorkerThread.Lend();
        return function.Bind(call, context);
    }

    private static ValueTask DisposeAsync(AsyncServiceScope scope)
    {
        using WorkerThread.Lending lending = WorkerThread.Lend();
        return scope.DisposeAsync();
    }

    private ValueTask Call(JobFunction function, object?[] arguments, JobContext context)
    {
        using WorkerThread.Lending lending = WorkerThread.Lend();
        if (_setup.Options.ExecutionFilters.Count > 0)
            return FilterAsync(function, arguments, context);
        if (function.IsAsynchronous)
            return AwaitAsync(function.InvokeAsync(arguments, context.Services), context);
        context.ReturnValue = function.Invoke(arguments, context.Services);
        return default;
    }

    private static async ValueTask AwaitAsync(ValueTask<object?> call, JobContext context) => context.ReturnValue = await call.ConfigureAwait(false);

    private ValueTask FilterAsync(JobFunction function, object?[] arguments, JobContext context) =>
        _setup.Options.ExecutionFilters.RunAsync(context, async () => context.ReturnValue = function.IsAsynchronous
            ? await function.InvokeAsync(arguments, context.Services).ConfigureAwait(false)
            : function.Invoke(arguments, context.Services));

    /// <summary>The function did not heed its token: it is no longer waited for. <c>null</c> when the job was stopped.</summary>
    private void GiveUp(ExecutionRun run, JobTimeoutException? exception)
    {
        if (!run.Running.TryClaim(out bool wasStopped))
            return;
        if (wasStopped)
            Log.StopIgnored(_setup.Log, _setup.Name, run.Execution.JobId, run.Execution.Job.Description);
        else
            Log.TimeoutIgnored(_setup.Log, _setup.Name, run.Execution.JobId, run.Execution.Job.Description);
        _ = ConcludeAsync(run, null, exception, wasStopped);
    }

    /// <summary>
    /// What follows the end of the function, by the one who has claimed it: whether it returned, threw, was stopped or was given up.
    /// Reports in every case: an execution that is not reported would keep its slot for ever.
    /// </summary>
    private async Task ConcludeAsync(ExecutionRun run, object? value, Exception? exception, bool wasStopped)
    {
        Outcome outcome;
        try
        {
            if (wasStopped)
                outcome = await StopAsync(run).ConfigureAwait(false);
            else if (exception is OperationCanceledException && run.Running.Shutdown.IsCancellationRequested)
                outcome = new Outcome.GivenBack();
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
            outcome = wasStopped
                ? new Outcome.Stopped(new Failure(Failure.StoppedText))
                : new Outcome.Failed(new Failure($"{(exception ?? second).GetType()}: its text cannot be shown, because that threw {second.GetType()}."));
        }

        try
        {
            await run.FlushNotesAsync().ConfigureAwait(false);
        }
        finally
        {
            _report(run.Running, outcome);
        }
    }

    private bool HasUsersCodeBeforeEnd(ExecutionRun run, object? value, Exception? exception, bool wasStopped)
    {
        JobHash job = run.Execution.Job;
        if (wasStopped)
            return job.StoppedCallback is not null;
        return exception is not null || job.SuccessCallback is not null
            || !(value is null or string or byte[] || value.GetType().IsPrimitive) || !SerializerOf(run).IsBuiltIn;
    }

    private async ValueTask<Outcome> StopAsync(ExecutionRun run)
    {
        run.Job.ShowAs(JobStatus.Stopped);
        if (run.Execution.Job.StoppedCallback is { } callback && !run.Running.IsOver && _setup.Vouches(run.Execution.Job, "stopped callback"))
            await _callbacks.StoppedAsync(callback, run.ContextFor()).ConfigureAwait(false);
        return new Outcome.Stopped(new Failure(Failure.StoppedText));
    }

    private async ValueTask<Outcome> SucceedAsync(ExecutionRun run, object? value)
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

    private async ValueTask<Outcome> FailAsync(ExecutionRun run, Exception exception)
    {
        Failure failure = Failure.Of(exception);
        // The worker has said itself how a work horse died.
        if (exception is not WorkHorseTerminatedException)
            Log.JobRaised(_setup.Log, exception, _setup.Name, run.Execution.JobId, run.Function);
        // Nobody is told of a run that was given back or lost: it is not the end of the job's attempt.
        if (!run.Running.IsOver)
        {
            bool isEnd = RetryPolicy.AfterFailure(run.Execution.Job, failure) is Outcome.Failed;
            failure = await _notice.TellAsync(run.Execution.Job, run.ContextFor(), failure, isEnd).ConfigureAwait(false);
        }

        return RetryPolicy.AfterFailure(run.Execution.Job, failure, isListed: !_setup.Options.DisableDefaultExceptionHandler);
    }

    private JobSerializer SerializerOf(ExecutionRun run) => run.Serializer ?? _setup.Connection.Serializer;

    private byte[]? Store(object? value, ExecutionRun run)
    {
        if (value is null)
            return null;
        using WorkerThread.Lending lending = WorkerThread.Lend();
        JobSerializer serializer = SerializerOf(run);
        try
        {
            return serializer.Write(DataTree.From(value), new PayloadContext(PayloadKind.Result, run.Execution.JobId));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.ResultUnserializable(_setup.Log, exception, _setup.Name, run.Execution.JobId);
            return serializer.Write(Unserializable, new PayloadContext(PayloadKind.Result, run.Execution.JobId));
        }
    }
}
