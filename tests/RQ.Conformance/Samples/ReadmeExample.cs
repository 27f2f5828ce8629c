using System.Collections.Concurrent;

namespace RQ.Conformance.Samples;

/// <summary>The examples of the README, line by line; <see cref="ReadmeTests"/> compares the two.</summary>
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

    /// <summary>What a job can be told beside what to run.</summary>
    public static async Task<(Job Old, Job Fetch, Job<int> Count, Job Report)> MoreAsync(Queue queue, Func<Task> runAllAsync)
    {
        Job old = await queue.EnqueueAsync(() => Words.Fetch("old"));
        await runAllAsync();

        // Again after a failure, twice at most: at once, or after waits, Retry.Exponential(5, TimeSpan.FromSeconds(10)).
        Job fetch = await queue.EnqueueAsync(() => Words.Fetch("new"), new JobOptions { Retry = new Retry(2) });

        // After another job. If that one ends without success, this one waits, runs, fails or is canceled, as you say.
        Job<int> count = await queue.EnqueueAsync(() => Words.Count("or not"), new JobOptions { DependsOn = new Dependency(fetch) { IfUnmet = UnmetDependency.Cancel } });

        // Callbacks, which may live in Python too: Callback.To("my_module.done").
        await queue.EnqueueAsync(() => Words.Count("to be"), new JobOptions { OnSuccess = Callback.To(Words.Counted), OnFailure = Callback.To(Words.Failed) });

        // Later. A scheduler must run, also for retries with waits: rq worker -s, WorkerOptions.WithScheduler; hosted workers have one.
        Job report = await queue.EnqueueInAsync(TimeSpan.FromHours(1), () => Words.Report());

        // Not at all. A job that runs is told to end by StopAsync().
        await report.CancelAsync();

        // Which jobs are where: Started, Finished, Failed, Deferred, Scheduled, Canceled.
        foreach (Job failed in await queue.Failed.GetJobsAsync(count: 10))
            Console.WriteLine($"{failed.Description}: {(await failed.GetLatestResultAsync())?.ExceptionText}");
        await queue.Failed.RequeueAllAsync();

        await runAllAsync();
        return (old, fetch, count, report);
    }

    public static async Task ScheduleAsync(RqConnection rq)
    {
        await rq.Cron.AddOrUpdateAsync("report", "0 9 * * MON-FRI", () => Words.Report(), "Europe/Berlin");
    }
}

public sealed class Words
{
    public static ConcurrentQueue<string> Told { get; } = new();

    public static int Count(string text) => text.Split(' ').Length;

    public static void Report()
    {
    }

    /// <summary>Succeeds at the second attempt.</summary>
    public static void Fetch(string page)
    {
        if (JobContext.Current!.Attempt == 1)
            throw new HttpRequestException($"'{page}' is not there yet.");
    }

    public static void Counted(Job job, int words) => Told.Enqueue($"{job.Id}: {words}");

    public static void Failed(Job job, Exception exception) => Told.Enqueue($"{job.Id}: {exception.Message}");
}
