using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>The plays about dependencies, retries and ends of runs.</summary>
internal static partial class GoldenPlays
{
    private static async Task DeferredAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        Job a = await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "pa" });
        Job b = await queue.EnqueueAsync(Add(2, 2), new JobOptions { Id = "pb" });
        await queue.EnqueueAsync(Add(3, 3), new JobOptions { Id = "d-one", DependsOn = [a] });
        await queue.EnqueueAsync(Add(4, 4), new JobOptions { Id = "d-two", DependsOn = [a, "pb"], Ttl = Seconds(1000) });
        await queue.EnqueueAsync(Add(5, 5), new JobOptions { Id = "d-opt", DependsOn = new Dependency(b) { AllowFailure = true, AtFront = true } });
        await queue.EnqueueAsync(Add(6, 6), new JobOptions { Id = "d-missing", DependsOn = ["no-such-job"] });
        await run.SnapAsync("after enqueue");
        await run.RunOneJobAsync();
        await run.SnapAsync("after pa finished");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task DependencyFailedAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        Job a = await queue.EnqueueAsync(JobCall.To("fixture_tasks.fail"), new JobOptions { Id = "pf" });
        await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "df-no", DependsOn = [a] });
        await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "df-yes", DependsOn = new Dependency(a) { AllowFailure = true } });
        await run.RunOneJobAsync();
        await run.SnapAsync("after pf failed");
    }

    private static async Task RetryImmediateAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.fail"), new JobOptions { Id = "ry-1", Retry = new Retry(2) });
        await run.SnapAsync("after enqueue");
        await run.RunOneJobAsync();
        await run.SnapAsync("after the first failure");
        await run.RunBurstAsync();
        await run.SnapAsync("after all attempts");
    }

    private static async Task RetryIntervalAsync(GoldenRun run)
    {
        // Python's Retry(3, [60, 120]) waits 60, 60 and 120 s.
        await run.World.Queue().EnqueueAsync(
            JobCall.To("fixture_tasks.fail"), new JobOptions { Id = "ri-1", Retry = new Retry(3, Seconds(60), Seconds(60), Seconds(120)) });
        await run.RunBurstAsync();
        await run.SnapAsync("after the first failure");
    }

    private static async Task TimedOutAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.sleep_for", 30), new JobOptions { Id = "to-1", Timeout = Seconds(1) });
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task SimpleWorkerAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(Add(2, 3), new JobOptions { Id = "simple-1" });
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task WarmShutdownBusyAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "ws-1" });
        RunningWorker worker = run.StartWorker("default");
        await HasBeatenAsync(run, "ws-1", "default");
        Task stopping = worker.StopAsync();
        await Eventually.BecomesAsync(async () => (await run.WorkerFieldAsync("shutdown_requested_date")).Length > 0, "the worker is told to stop");
        await run.SnapAsync("after the signal, job still running");
        run.Tasks.Gate.Open();
        await stopping;
        await run.SnapAsync("after");
    }

    private static async Task SchedulerAliveAsync(GoldenRun run)
    {
        Job job = await run.World.Queue().EnqueueInAsync(TimeSpan.FromHours(1), Add(1, 2), new JobOptions { Id = "due-1" });
        // A job whose time is past is queued at once here; Python lists it.
        await run.World.Rq.Database.SortedSetAddAsync("rq:scheduled:default", "due-1", DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 5);
        await run.SnapAsync("scheduled and due");
        RunningWorker worker = run.World.StartWorker(["default"], options => (options.Name, options.WithScheduler, options.RegisterCron) = (GoldenRun.WorkerName, true, false));
        await job.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(async () => await run.WorkerFieldAsync("state") == "idle", "the worker is idle");
        await HasCleanedAsync(run, "default");
        await run.SnapAsync("after the job ran, worker and scheduler alive");
        await worker.StopAsync();
        await run.SnapAsync("after shutdown");
    }
}
