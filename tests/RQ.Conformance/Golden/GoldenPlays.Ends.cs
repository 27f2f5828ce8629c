using RQ.Conformance.Executions;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Golden;

/// <summary>The plays about what follows the end of a run, and about jobs that are due later.</summary>
internal static partial class GoldenPlays
{
    private static readonly DateTimeOffset s_farAway = new DateTimeOffset(2100, 1, 1, 12, 30, 15, TimeSpan.Zero).AddMilliseconds(250);

    private static async Task RepeatAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        await queue.EnqueueAsync(Add(1, 2), new JobOptions { Id = "rep-0", Repeat = new Repeat(2) });
        // Python's Repeat(2, [30, 90]) waits 90 s first, then 30 s.
        await queue.EnqueueAsync(Add(1, 2), new JobOptions { Id = "rep-1", Repeat = new Repeat(2, Seconds(90), Seconds(30)) });
        await run.SnapAsync("after enqueue");
        await run.RunJobsAsync(2);
        await run.SnapAsync("after each ran once");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task MetaSavedInJobAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(
            JobCall.To("fixture_tasks.set_meta"), new JobOptions { Id = "meta-1", Meta = new Dictionary<string, object?> { ["start"] = true } });
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task ScheduledAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        await queue.EnqueueAtAsync(s_farAway, Add(1, 2), new JobOptions { Id = "at-1" });
        await queue.EnqueueAtAsync(s_farAway, Add(1, 2), new JobOptions { Id = "at-front", AtFront = true, Ttl = Seconds(500) });
        await queue.EnqueueInAsync(TimeSpan.FromHours(1), Add(3, 4), new JobOptions { Id = "in-1" });
        await run.SnapAsync("after");
    }

    private static async Task CallbacksAsync(GoldenRun run)
    {
        var options = new JobOptions { OnSuccess = Callback.To("fixture_tasks.on_success"), OnFailure = Callback.To("fixture_tasks.on_failure") };
        await run.World.Queue().EnqueueAsync(Add(1, 2), options with { Id = "cb-ok" });
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.fail"), options with { Id = "cb-bad" });
        await run.SnapAsync("after enqueue");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task RetryReturnedAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.return_retry", 1, 0), new JobOptions { Id = "rr-1" });
        await run.RunOneJobAsync();
        await run.SnapAsync("after the first run");
        await run.RunBurstAsync();
        await run.SnapAsync("after the retries ran out");
    }

    private static async Task StoppedAsync(GoldenRun run)
    {
        // RQ 1.13 has no callback for stopped jobs.
        Job job = await run.World.Queue().EnqueueAsync(
            JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "st-1", Retry = new Retry(1), OnStopped = Callback.To("fixture_tasks.on_stopped") });
        await StopWhileRunningAsync(run, job, () => job.StopAsync());
    }

    private static async Task StopExecutionAsync(GoldenRun run)
    {
        Job job = await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "se-1" });
        await StopWhileRunningAsync(run, job, async () => await job.StopAsync((await job.GetExecutionsAsync())[0].Id));
    }

    private static async Task StopWhileRunningAsync(GoldenRun run, Job job, Func<Task> stop)
    {
        run.StartWorker("default");
        await HasBeatenAsync(run, job.Id, "default");
        await stop();
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        await Eventually.BecomesAsync(async () => await run.WorkerFieldAsync("state") == "idle", "the worker is idle");
        await run.SnapAsync("after stop");
    }

    private static async Task SyncModeAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = run.World.Functions } });
        await queue.EnqueueAsync(Add(1, 2), new JobOptions { Id = "sync-ok" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.fail"), new JobOptions { Id = "sync-bad" });
        await run.SnapAsync("after both");
    }

    private static async Task WebhookAsync(GoldenRun run)
    {
        await using var receiver = WebhookReceiver.Start();
        await run.World.Queue().EnqueueAsync(Add(1, 2), new JobOptions
        {
            Id = "wh-ok",
            Webhooks =
            [
                new Webhook(receiver.Url + "/a", JobStatus.Finished) { Method = HttpMethod.Post, Headers = new Dictionary<string, string> { ["X-Token"] = "t" } },
                new Webhook(receiver.Url + "/get", JobStatus.Finished),
            ],
        });
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.fail"), new JobOptions
        {
            Id = "wh-bad", Webhooks = [new Webhook(receiver.Url + "/f", JobStatus.Failed) { Method = HttpMethod.Post, Timeout = Seconds(3) }],
        });
        await run.SnapAsync("after enqueue");
        await run.RunBurstAsync();
        await receiver.ReceivesAsync(3);
        await run.SnapAsync("after burst");
    }
}
