using System.Collections.Concurrent;

namespace RQ.TestSupport;

/// <summary>Callbacks for tests. They note what they saw under the job's id, see <see cref="TestJobs.Noted"/>.</summary>
public static class CallbackJobs
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource<string>> s_executions = new();

#pragma warning disable CA1068 // In any order.
    public static void Succeeded(CancellationToken token, int result, Job job, RqConnection connection, JobContext context) =>
        TestJobs.Note(job.Id, $"success {result} {job.Status} {ReferenceEquals(connection, job.Connection)} {ReferenceEquals(context, JobContext.Current)} {token.CanBeCanceled} {context.Job.Id == job.Id}");
#pragma warning restore CA1068

    public static void Failed(Job job, InvalidOperationException? fits, FormatException? doesNotFit, Exception any) =>
        TestJobs.Note(job.Id, $"failure {job.Status} {fits?.Message ?? "-"} {doesNotFit?.Message ?? "-"} {any.GetType().Name}");

    public static async Task StoppedAsync(Job job, JobContext context)
    {
        await Task.Yield();
        TestJobs.Note(job.Id, $"stopped {job.Status} {context.CancellationToken.IsCancellationRequested}");
    }

    public static async Task LooksAtServerAsync(Job job)
    {
        Job stored = await Job.FetchAsync(job.Id, job.Connection);
        TestJobs.Note(job.Id, $"{job.Status} stored {stored.Status} {await stored.GetLatestResultAsync() is null}");
    }

    public static void Throws(Job job)
    {
        TestJobs.Note(job.Id, "throws");
        throw new InvalidDataException("the callback broke");
    }

    public static async Task NeverEndsAsync(Job job, CancellationToken cancellationToken)
    {
        TestJobs.Note(job.Id, "never ends");
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    /// <summary>Blocks its thread, and takes no token.</summary>
    public static void Blocks(Job job)
    {
        TestJobs.Note(job.Id, "blocks");
        TestJobs.Gate(job.Id).Opened.Task.Wait();
    }

    public static void TakesPoint(Job job, Point point, string? note = "default") => TestJobs.Note(job.Id, $"{point.X},{point.Y} {note}");

    public static Task SaveResultAsync(Job job, int result) => job.SetMetaAsync("result", result);

    public static void TakesTooMuch(Job job, int result, int more) => TestJobs.Note(job.Id, $"{result} {more}");

    /// <summary>A job that returns what a callback takes as its own type.</summary>
    public static Point MakePoint(int x, int y) => new(x, y);

    /// <summary>A job that runs until it is stopped or its gate opens.</summary>
    public static async Task<string> RunAsync(string key, JobContext context)
    {
        TestJobs.CountRun(key);
        Started(key).TrySetResult(context.ExecutionId);
        await TestJobs.Gate(key).Opened.Task.WaitAsync(context.CancellationToken);
        return key;
    }

    /// <summary>The execution of <see cref="RunAsync"/>, as soon as it runs.</summary>
    public static Task<string> ExecutionOfAsync(string key) => Started(key).Task.WaitAsync(Eventually.Limit);

    private static TaskCompletionSource<string> Started(string key) =>
        s_executions.GetOrAdd(key, _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously));
}

/// <summary>A value with a shape.</summary>
public sealed record Point(int X, int Y);

/// <summary>A callback class that needs a service.</summary>
public sealed class GreetingCallback(Greeter greeter)
{
    public void Done(Job job, string name) => TestJobs.Note(job.Id, greeter.Greet(name));
}
