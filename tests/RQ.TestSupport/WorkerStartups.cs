using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>Handlers for <c>--exception-handler</c>: they note in Redis what they are told.</summary>
public sealed class NotingHandlers
{
    public static async ValueTask<bool> Note(JobExceptionContext failure)
    {
        await NoteAsync(failure, "static");
        return true;
    }

    public async ValueTask<bool> NoteByInstance(JobExceptionContext failure)
    {
        await NoteAsync(failure, "instance");
        return false;
    }

    public static void Other(JobExceptionContext failure)
    {
    }

    internal static Task NoteAsync(JobExceptionContext failure, string by)
    {
        IDatabase db = failure.Job.Connection.Multiplexer.GetDatabase();
        return db.ListRightPushAsync("noted", $"{by}: {failure.Job.Id}");
    }
}

public static class OneHandler
{
    public static async ValueTask<bool> Handle(JobExceptionContext failure)
    {
        await NotingHandlers.NoteAsync(failure, "one");
        return true;
    }
}

/// <summary>Gives jobs a service, for <c>--worker-class</c>.</summary>
public sealed class GreetingStartup : IWorkerStartup
{
    public void Configure(WorkerOptions options) => options.Services = new Greetings();

    private sealed class Greetings : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(Greeter) ? new Greeter("Good day") : null;
    }
}

public sealed class FailingStartup : IWorkerStartup
{
    public void Configure(WorkerOptions options) => throw new InvalidOperationException("no such shop");
}

/// <summary>Leaves the options in a state that cannot be.</summary>
public sealed class WrongStartup : IWorkerStartup
{
    public void Configure(WorkerOptions options) => options.Concurrency = 0;
}

public sealed class UnmakeableStartup(string shop) : IWorkerStartup
{
    public void Configure(WorkerOptions options) => options.Name = shop;
}

/// <summary>Gives a worker a format of its own, and a filter that shows where the job ran.</summary>
public sealed class PlainTextStartup : IWorkerStartup
{
    public void Configure(WorkerOptions options)
    {
        options.Serializer = new PlainTextSerializer();
        options.ExecutionFilters.Add(new ProcessFilter());
    }

    private sealed class ProcessFilter : IExecutionFilter
    {
        public async ValueTask ExecuteAsync(JobContext context, Func<ValueTask> next)
        {
            await next();
            context.ReturnValue = $"{context.ReturnValue} in {Environment.ProcessId}";
        }
    }
}
