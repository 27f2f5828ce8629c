using Microsoft.Extensions.DependencyInjection;
using RQ.Diagnostics;
using RQ.Functions;
using RQ.Serialization;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>Runs one execution in this process and says how it ended: find the function, bind the arguments, call it, write what it returned.</summary>
internal sealed class ExecutionRunner(WorkerSetup setup, JobThreads threads)
{
    /// <summary>RQ's text for a return value that cannot be stored; the job counts as successful.</summary>
    private const string Unserializable = "Unserializable return value";

    /// <summary>Never throws: whatever the job does is an outcome.</summary>
    public async Task<Outcome> RunAsync(RunningExecution running)
    {
        Execution execution = running.Execution;
        string function = "?";
        try
        {
            CallData call = CallData.Read((byte[]?)execution.Job.Data);
            function = call.Function;
            object? value = await CallAsync(call, running).ConfigureAwait(false);
            return new Outcome.Finished(Store(value, call.Serializer, execution));
        }
        catch (Exception exception)
        {
            return AfterException(execution, exception, function);
        }
    }

    // An exception of the job's own making may throw even when it is only looked at.
    private Outcome AfterException(Execution execution, Exception exception, string function)
    {
        try
        {
            Failure failure = Failure.Of(exception);
            Log.JobRaised(setup.Log, exception, setup.Name, execution.JobId, function);
            return RetryPolicy.AfterFailure(execution.Job, failure);
        }
        catch (Exception second)
        {
            return new Outcome.Failed(new Failure($"{exception.GetType()}: its text cannot be shown, because that threw {second.GetType()}."));
        }
    }

    private async Task<object?> CallAsync(CallData call, RunningExecution running)
    {
        if (call.HasInstance)
            throw new DataBindingException($"'{call.Function}' is called on a pickled Python object, which a .NET worker does not build. Enqueue a function instead.");
        JobFunction function = setup.Options.Functions.Resolve(call);
        AsyncServiceScope? scope = setup.Options.Services?.GetService<IServiceScopeFactory>()?.CreateAsyncScope();
        try
        {
            IServiceProvider? services = scope?.ServiceProvider ?? setup.Options.Services;
            var context = new JobContext(new Job(setup.Connection, running.Execution.Job), running.Execution.Id, setup.Name, services, running.Token);
            object?[] arguments = function.Bind(call, context);
            running.Execution.HasBegun = true;
            running.Execution.StartedAt = setup.Time.GetUtcNow();
            return await WithinTimeAsync(Start(function, arguments, services, context), running).ConfigureAwait(false);
        }
        finally
        {
            if (scope is { } made)
                await made.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task<object?> Start(JobFunction function, object?[] arguments, IServiceProvider? services, JobContext context)
    {
        if (function.IsAsynchronous)
        {
            JobContext.Current = context;
            return function.InvokeAsync(arguments, services);
        }

        return threads.RunAsync(() =>
        {
            JobContext.Current = context;
            try
            {
                return function.Invoke(arguments, services);
            }
            finally
            {
                JobContext.Current = null;
            }
        });
    }

    /// <summary>The time limit: first the token, then a grace period, then the job is failed while its method goes on unheard.</summary>
    private async Task<object?> WithinTimeAsync(Task<object?> work, RunningExecution running)
    {
        if (running.Execution.Job.Timeout is not { } seconds || seconds <= 0 || work.IsCompleted)
            return await work.ConfigureAwait(false);
        TimeSpan limit = Redis.RqTime.FromSeconds(seconds);
        if (limit > WorkerOptions.LongestWait)
            return await work.ConfigureAwait(false);
        try
        {
            return await work.WaitAsync(limit, setup.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its own, or it has just made it.
            if (work.IsCompleted)
                return await work.ConfigureAwait(false);
            throw await OutOfTimeAsync(work, limit, running).ConfigureAwait(false);
        }
    }

    private async Task<JobTimeoutException> OutOfTimeAsync(Task work, TimeSpan limit, RunningExecution running)
    {
        running.Cancel();
        using var over = new CancellationTokenSource();
        Task grace = Task.Delay(setup.Options.TimeoutGrace, setup.Time, over.Token);
        bool ignored = await Task.WhenAny(work, grace).ConfigureAwait(false) != work;
        await over.CancelAsync().ConfigureAwait(false);
        if (ignored)
            Log.TimeoutIgnored(setup.Log, setup.Name, running.Execution.JobId, running.Execution.Job.Description);
        // Observed, so that it does not end up as an unobserved exception; whatever it was, the time was over.
        _ = work.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return new JobTimeoutException(running.Execution.JobId, limit, ignored);
    }

    private byte[]? Store(object? value, JobSerializer serializer, Execution execution)
    {
        if (value is null)
            return null;
        try
        {
            return serializer.Serialize(DataTree.From(value));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.ResultUnserializable(setup.Log, exception, setup.Name, execution.JobId);
            return serializer.Serialize(Unserializable);
        }
    }
}
