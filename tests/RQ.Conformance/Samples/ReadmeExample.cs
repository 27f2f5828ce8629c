namespace RQ.Conformance.Samples;

/// <summary>The example of the README, line by line; <see cref="ReadmeTests"/> compares the two.</summary>
public static class ReadmeExample
{
    public static async Task<(int Words, Job Later)> RunAsync()
    {
        await using var rq = await RqConnection.ConnectAsync("embedded:");        // or "redis://localhost:6379/0"
        var queue = new Queue("low", rq);

        Job<int> job = await queue.EnqueueAsync(() => Words.Count("to be or not to be"));           // any method
        Job later = await queue.EnqueueAsync(() => Words.Report(), new JobOptions { Timeout = TimeSpan.FromSeconds(30), DependsOn = [job] });
        await new Queue("python", rq).EnqueueAsync(JobCall.To("my_package.my_module.my_func", 3, 4));   // by name: runs where it is known

        var functions = new JobFunctions().AddAssemblyOf<Words>();                // what jobs may call, and nothing else
        await new Worker(["high", "default", "low"], rq, new WorkerOptions { Functions = functions, Concurrency = 16, Burst = true }).RunAsync();

        int words = await job.WaitForResultAsync(timeout: TimeSpan.FromSeconds(10));
        await later.RefreshAsync();
        return (words, later);
    }
}

public sealed class Words
{
    public static int Count(string text) => text.Split(' ').Length;

    public static void Report()
    {
    }
}
