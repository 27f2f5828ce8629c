namespace RQ.TestSupport;

/// <summary>A service that job classes may ask for.</summary>
public sealed class Greeter(string greeting)
{
    public string Greet(string name) => $"{greeting}, {name}";
}

/// <summary>A job class that needs a service: it is made for each run.</summary>
public sealed class GreetingJob(Greeter greeter)
{
    public string Run(string name) => greeter.Greet(name);
}

/// <summary>A job class without needs.</summary>
public sealed class PlainJob : IDisposable
{
    private static int s_disposed;

    public static int Disposed => s_disposed;

    public Task<int> DoubleAsync(int value) => Task.FromResult(value * 2);

    public void Dispose() => Interlocked.Increment(ref s_disposed);
}

/// <summary>Methods of every shape.</summary>
public static class ShapedJobs
{
    public static async Task PlainTaskAsync() => await Task.Yield();

    public static async ValueTask PlainValueTaskAsync() => await Task.Yield();

    public static async ValueTask<string> ValueTaskAsync(string text)
    {
        await Task.Yield();
        return text;
    }

    public static int Sum(params int[] numbers) => numbers.Sum();

    public static string Optional(string text, int times = 2) => string.Concat(Enumerable.Repeat(text, times));

    public static string WhoAmI(JobContext context) => $"{context.Job.Id} {context.WorkerName} {context.ExecutionId.Length} {context.Attempt} {ReferenceEquals(context, JobContext.Current)}";

    public static bool RunsOnThreadPool() => Thread.CurrentThread.IsThreadPoolThread;

    public static object ReturnsWhatCannotBeStored() => new Unstorable();

    public static string Meta() => string.Join(",", JobContext.Current!.Job.Meta.Select(pair => $"{pair.Key}={pair.Value}"));

    [Job("python_module.shout", Aliases = ["python_module.old_shout"])]
    public static string Shout(string text, int exclamationMarks = 1) => text.ToUpperInvariant() + new string('!', exclamationMarks);

    private sealed class Unstorable
    {
        public Unstorable Self => this;
    }
}
