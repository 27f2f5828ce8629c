using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>The plays about options of jobs.</summary>
internal static partial class GoldenPlays
{
    private static JobCall Add(int x, int y) => JobCall.To("fixture_tasks.add", x, y);

    private static async Task EnqueueKwargsDescriptionAsync(GoldenRun run)
    {
        var named = new OrderedDictionary<string, object?> { ["punctuation"] = new string('x', 100), ["greeting"] = "Hi" };
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.greet", ["café"], named), new JobOptions { Id = "kw-1" });
        await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.nothing"), new JobOptions { Id = "kw-2" });
        await run.SnapAsync("after enqueue");
    }

    private static async Task EnqueueManyAsync(GoldenRun run)
    {
        await run.World.Queue().EnqueueAsync(Add(1, 2), new JobOptions { Id = "m-1" });
        await run.World.Queue().EnqueueAsync(Add(3, 4), new JobOptions { Id = "m-2", AtFront = true });
        await run.SnapAsync("after enqueue_many");
    }

    private static async Task EnqueueAllOptionsAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue("high", new QueueOptions { DefaultTimeout = TimeSpan.FromSeconds(300) });
        JobCall nothing = JobCall.To("fixture_tasks.nothing");
        await queue.EnqueueAsync(nothing, new JobOptions { Id = "first" });
        await queue.EnqueueAsync(nothing, new JobOptions { Id = "parent", ResultTtl = Timeout.InfiniteTimeSpan });
        await run.RunBurstAsync("high");
        await queue.EnqueueAsync(nothing, new JobOptions { Id = "waiting" });
        await queue.EnqueueAsync(
            JobCall.To("fixture_tasks.greet", ["you"], new Dictionary<string, object?> { ["greeting"] = "Hey" }),
            new JobOptions
            {
                Id = "all-1",
                Timeout = TimeSpan.FromHours(1),
                ResultTtl = TimeSpan.FromDays(1),
                Ttl = TimeSpan.FromMinutes(2),
                FailureTtl = TimeSpan.FromDays(30),
                Description = "all options",
                Meta = new Dictionary<string, object?> { ["owner"] = "me", ["n"] = 1 },
                Retry = new Retry(3, Seconds(10), Seconds(30), Seconds(60)) { AtFront = true },
                DependsOn = new Dependency("parent") { AllowFailure = true, AtFront = true },
                AtFront = true,
                OnSuccess = Callback.To("fixture_tasks.on_success", TimeSpan.FromMinutes(5)),
                OnFailure = Callback.To("fixture_tasks.on_failure"),
                OnStopped = Callback.To("fixture_tasks.on_stopped", Seconds(15)),
                // Python's Repeat(2, [5, 6]) waits 6 s first, then 5 s.
                Repeat = new Repeat(2, Seconds(6), Seconds(5)),
                Webhooks = [new Webhook("http://127.0.0.1:1/hook", JobStatus.Finished)
                {
                    Method = HttpMethod.Post, Headers = new Dictionary<string, string> { ["X-A"] = "b" }, Timeout = Seconds(3),
                }],
            });
        await run.SnapAsync("after enqueue (dependency already finished, so it is queued at the front)");
    }

    private static async Task TtlExpiredAsync(GoldenRun run)
    {
        // Until this machine looks in time.
        RedisDump enqueued;
        do
        {
            await run.World.Rq.Database.ScriptEvaluateAsync("redis.call('FLUSHDB')");
            await run.World.Queue().EnqueueAsync(Add(1, 2), new JobOptions { Id = "exp-1", Ttl = Seconds(1) });
            enqueued = await run.ReadAsync();
        }
        while (!enqueued.Keys.ContainsKey("rq:job:exp-1"));
        run.Snap("after enqueue", enqueued);
        await Eventually.BecomesAsync(async () => !await run.ExistsAsync("rq:job:exp-1"), "the job expires");
        await run.SnapAsync("1.3 s later: the id is still in the list");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst (2.x on one queue: the id stays in the intermediate list until the next maintenance run)");
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
