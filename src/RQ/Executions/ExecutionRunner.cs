using Microsoft.Extensions.DependencyInjection;
using RQ.Diagnostics;
using RQ.Functions;
using RQ.Serialization;
using RQ.Workers;

namespace RQ.Executions;

/// <summary>Runs one execution in this process and says how it ended: find the function, bind the arguments, call it, write what it returned.</summary>
/// <param name="setup">The worker.</param>
/// <param name="report">Is told how an execution ended. The first to tell counts: a run that was given up may tell later.</param>
internal sealed class ExecutionRunner(WorkerSetup setup, Action<RunningExecution, Outcome> report)
{
    /// <summary>RQ's text for a return value that cannot be stored; the job counts as successful.</summary>
    private const string Unserializable = "Unserializable return value";

    /// <summary>Never throws: whatever the job does is an outcome. Blocks the calling thread as long as the job's code does.</summary>
    public async Task RunAsync(RunningExecution running)
    {
        Execution execution = running.Execution;
        string function = "?";
        try
        {
            CallData call = CallData.Read((byte[]?)execution.Job.Data, setup.Connection);
            function = call.Function;
            object? value = await CallAsync(call, running).ConfigureAwait(false);
            report(running, new Outcome.Finished(Store(value, call.Serializer, execution)));
        }
        catch (Exception exception)
        {
            report(running, AfterException(execution, exception, function));
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
            using var limit = new TimeLimit(setup, running, exception => GiveUp(running, exception, function.Name));
            object? value = await InvokeAsync(function, arguments, services, context, limit).ConfigureAwait(false);
            limit.ThrowIfOver();
            return value;
        }
        finally
        {
            if (scope is { } made)
                await made.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<object?> InvokeAsync(
        JobFunction function, object?[] arguments, IServiceProvider? services, JobContext context, TimeLimit limit)
    {
        JobContext.Current = context;
        try
        {
            return function.IsAsynchronous ? await function.InvokeAsync(arguments, services).ConfigureAwait(false) : function.Invoke(arguments, services);
        }
        catch (Exception)
        {
            limit.ThrowIfOver();
            throw;
        }
    }

    private void GiveUp(RunningExecution running, JobTimeoutException exception, string function)
    {
        Log.TimeoutIgnored(setup.Log, setup.Name, running.Execution.JobId, running.Execution.Job.Description);
        report(running, AfterException(running.Execution, exception, function));
    }

    private byte[]? Store(object? value, JobSerializer serializer, Execution execution)
    {
        if (value is null)
            return null;
        try
        {
            return serializer.Write(DataTree.From(value));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.ResultUnserializable(setup.Log, exception, setup.Name, execution.JobId);
            return serializer.Write(Unserializable);
        }
    }
}
