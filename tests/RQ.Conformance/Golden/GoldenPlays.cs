using System.Threading;
using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>How each golden scenario goes in C#: the same calls, ids and names as in the fixture's <c>python_did</c>.</summary>
/// <remarks>
/// Not acted out, because we leave nothing of the kind: <c>enqueue_instance</c> (pickled objects) and <c>intermediate</c> (what a worker that died
/// between queue and execution left in a list of the queue; our workers have lists of their own). What RQ left in them is read by <see cref="GoldenSnapshotTests"/>.
/// </remarks>
internal static partial class GoldenPlays
{
    public static IReadOnlyDictionary<string, Func<GoldenRun, Task>> All { get; } = new Dictionary<string, Func<GoldenRun, Task>>
    {
        ["enqueue_simple_pickle"] = EnqueueSimplePickleAsync,
        ["enqueue_simple_json"] = EnqueueSimpleJsonAsync,
        ["running_then_finished"] = RunningThenFinishedAsync,
        ["running_two_queues"] = RunningTwoQueuesAsync,
        ["finished_results"] = FinishedResultsAsync,
        ["finished_json"] = FinishedJsonAsync,
        ["failed"] = FailedAsync,
        ["worker_registration"] = WorkerRegistrationAsync,
        ["enqueue_kwargs_description"] = EnqueueKwargsDescriptionAsync,
        ["enqueue_many"] = EnqueueManyAsync,
        ["enqueue_all_options"] = EnqueueAllOptionsAsync,
        ["deferred"] = DeferredAsync,
        ["dependency_failed"] = DependencyFailedAsync,
        ["retry_immediate"] = RetryImmediateAsync,
        ["retry_interval"] = RetryIntervalAsync,
        ["timed_out"] = TimedOutAsync,
        ["ttl_expired"] = TtlExpiredAsync,
        ["simple_worker"] = SimpleWorkerAsync,
        ["warm_shutdown_busy"] = WarmShutdownBusyAsync,
        ["canceled"] = CanceledAsync,
        ["deleted"] = DeletedAsync,
        ["requeue_failed"] = RequeueFailedAsync,
        ["repeat"] = RepeatAsync,
        ["unique"] = UniqueAsync,
        ["group"] = GroupAsync,
        ["meta_saved_in_job"] = MetaSavedInJobAsync,
        ["scheduled"] = ScheduledAsync,
        ["scheduler_alive"] = SchedulerAliveAsync,
        ["callbacks"] = CallbacksAsync,
        ["retry_returned"] = RetryReturnedAsync,
        ["stopped"] = StoppedAsync,
        ["stop_execution"] = StopExecutionAsync,
        ["sync_mode"] = SyncModeAsync,
        ["webhook"] = WebhookAsync,
        ["queue_operations"] = QueueOperationsAsync,
        ["rate_limit"] = RateLimitAsync,
        ["cron"] = CronAsync,
        ["heartbeat_while_running"] = HeartbeatWhileRunningAsync,
        ["horse_died"] = HorseDiedAsync,
        ["kill_horse_and_shutdown"] = KillHorseAndShutdownAsync,
        ["cold_shutdown"] = ColdShutdownAsync,
        ["abandoned"] = AbandonedAsync,
    };

    private static async Task EnqueueSimplePickleAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2));
        await run.SnapAsync("after enqueue");
    }

    private static async Task EnqueueSimpleJsonAsync(GoldenRun run)
    {
        var json = new QueueOptions { Serializer = JobSerializer.Json };
        await run.World.Queue(options: json).EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2), new JobOptions { Id = "json-1" });
        await run.SnapAsync("after enqueue");
    }

    private static async Task RunningThenFinishedAsync(GoldenRun run)
    {
        Job job = await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate", "done"), new JobOptions { Id = "run-1" });
        RunningWorker worker = run.StartWorker("default");
        await HasBeatenAsync(run, "run-1", "default");
        await run.SnapAsync("while the job runs");

        run.Tasks.Gate.Open();
        await job.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(async () => await run.WorkerFieldAsync("state") == "idle", "the worker is idle");
        await run.SnapAsync("job finished, worker idle");

        await worker.StopAsync();
        await run.SnapAsync("after the worker left (warm shutdown)");
    }

    private static async Task RunningTwoQueuesAsync(GoldenRun run)
    {
        await run.World.Queue("low").EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "run-2" });
        run.StartWorker("high", "low");
        await HasBeatenAsync(run, "run-2", "low");
        await run.SnapAsync("while the job runs");
        run.Tasks.Gate.Open();
    }

    private static async Task FinishedResultsAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2), new JobOptions { Id = "r-num" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.nothing"), new JobOptions { Id = "r-none" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.complex_result"), new JobOptions { Id = "r-complex" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.unserializable"), new JobOptions { Id = "r-unser" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2), new JobOptions { Id = "r-ttl0", ResultTtl = TimeSpan.Zero });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2), new JobOptions { Id = "r-ttl-1", ResultTtl = Timeout.InfiniteTimeSpan });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2), new JobOptions { Id = "r-ttl60", ResultTtl = TimeSpan.FromSeconds(60) });
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task FinishedJsonAsync(GoldenRun run)
    {
        var json = new QueueOptions { Serializer = JobSerializer.Json };
        await run.World.Queue(options: json).EnqueueAsync(
            JobCall.To("fixture_tasks.greet", ["you"], new Dictionary<string, object?> { ["greeting"] = "Hey" }),
            new JobOptions { Id = "fj-1", Meta = new Dictionary<string, object?> { ["k"] = new List<object?> { "v", 1 } } });
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task FailedAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        JobCall fail = JobCall.To("fixture_tasks.fail");
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.fail", "bad thing"), new JobOptions { Id = "f-1" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.fail_unicode"), new JobOptions { Id = "f-2" });
        await queue.EnqueueAsync(fail, new JobOptions { Id = "f-ttl120", FailureTtl = TimeSpan.FromSeconds(120) });
        await queue.EnqueueAsync(fail, new JobOptions { Id = "f-ttl0", FailureTtl = TimeSpan.Zero });
        await queue.EnqueueAsync(fail, new JobOptions { Id = "f-ttl-1", FailureTtl = Timeout.InfiniteTimeSpan });
        await queue.EnqueueAsync(JobCall.To("no_such_module.no_such_function"), new JobOptions { Id = "f-import" });
        await queue.EnqueueAsync(JobCall.To("fixture_tasks.add", 1, 2), new JobOptions { Id = "f-baddata" });
        await run.World.Rq.Database.HashSetAsync("rq:job:f-baddata", "data", "not pickle");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task WorkerRegistrationAsync(GoldenRun run)
    {
        RunningWorker worker = run.StartWorker("high", "low");
        await HasCleanedAsync(run, "low");
        await Eventually.BecomesAsync(() => run.ExistsAsync("rq:leases:waits"), "it waits for jobs");
        await run.SnapAsync("idle");

        await worker.StopAsync();
        await run.SnapAsync("dead");

        await Worker.SuspendAllAsync(run.World.Rq, Seconds(100));
        await run.SnapAsync("suspended flag");
    }

    /// <summary>The keys of an execution are written with its first heartbeat, about a second after its start.</summary>
    private static async Task HasBeatenAsync(GoldenRun run, string job, string lastQueue)
    {
        await run.Tasks.Gate.HasEnteredAsync();
        await Eventually.BecomesAsync(() => run.ExistsAsync($"rq:executions:{job}"), "the execution's heartbeat is written");
        await HasCleanedAsync(run, lastQueue);
    }

    /// <summary>A worker begins with cleaning registries, queue by queue, under a lock that would be seen in a snapshot.</summary>
    private static Task HasCleanedAsync(GoldenRun run, string lastQueue) => Eventually.BecomesAsync(
        async () => run.World.LogCollector.GetSnapshot()
                .Any(record => record.Message.EndsWith($"cleaning registries for queue: {lastQueue}", StringComparison.Ordinal))
            && !await run.ExistsAsync($"rq:clean_registries:{lastQueue}"),
        "the worker's first maintenance is over");
}
