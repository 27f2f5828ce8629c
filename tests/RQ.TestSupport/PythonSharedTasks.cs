using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>
/// The functions of <c>shared_tasks.py</c> once more, under the same names: whoever enqueues one need not know in which
/// language it will run.
/// </summary>
public static class PythonSharedTasks
{
    [Job("shared_tasks.add")]
    public static int Add(int x, int y) => x + y;

    [Job("shared_tasks.echo")]
    public static object? Echo(object? value) => value;

    [Job("shared_tasks.fail")]
    public static void Fail(string message) => throw new InvalidOperationException(message);

    /// <summary>Fails so many times, then returns how often it was called.</summary>
    [Job("shared_tasks.fail_times")]
    public static async Task<long> FailTimesAsync(int times, JobContext context)
    {
        long calls = await Database(context.Job).StringIncrementAsync("shared_tasks:" + context.Job.Id);
        return calls > times ? calls : throw new InvalidOperationException($"call {calls}");
    }

    /// <summary>Counts itself under <c>shared_tasks:{job}</c>, then runs until the key exists.</summary>
    [Job("shared_tasks.wait_for")]
    public static async Task<string> WaitForAsync(string key, JobContext context)
    {
        await Database(context.Job).StringIncrementAsync("shared_tasks:" + context.Job.Id);
        while (!await Database(context.Job).KeyExistsAsync(key))
            await Task.Delay(20, context.CancellationToken);
        return key;
    }

    [Job("shared_tasks.sleep")]
    public static Task SleepAsync(double seconds, JobContext context) => Task.Delay(TimeSpan.FromSeconds(seconds), context.CancellationToken);

    /// <summary>The sum of what the jobs returned that this one depends on, and of one.</summary>
    [Job("shared_tasks.next_generation")]
    public static async Task<int> NextGenerationAsync(JobContext context)
    {
        int sum = 1;
        foreach (Job parent in await context.Job.GetDependenciesAsync())
            sum += (await parent.GetLatestResultAsync())!.GetReturnValue<int>();
        return sum;
    }

    [Job("shared_tasks.note_success")]
    public static Task NoteSuccessAsync(Job job, object? result) => Database(job).StringSetAsync("shared_tasks:succeeded:" + job.Id, $"{result}");

    [Job("shared_tasks.note_failure")]
    public static Task NoteFailureAsync(Job job, Exception exception) =>
        Database(job).StringSetAsync("shared_tasks:failed:" + job.Id, $"{exception.GetType().Name}: {exception.Message}");

    private static IDatabase Database(Job job) => job.Connection.Multiplexer.GetDatabase();
}
