using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Golden;

/// <summary>The plays about jobs that are changed from outside, about groups, uniqueness, rate limits and whole queues.</summary>
internal static partial class GoldenPlays
{
    private static async Task CanceledAsync(GoldenRun run)
    {
        Queue queue = run.World.Queue();
        Job first = await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "c-1" });
        await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "c-dep", DependsOn = [first] });
        Job other = await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "c-other", DependsOn = [first] });
        Job second = await queue.EnqueueAsync(Add(1, 1), new JobOptions { Id = "c-2" });
        await second.CancelAsync();
        await run.SnapAsync("after c-2.cancel()");
        await other.CancelAsync();
        await run.SnapAsync("after c-other.cancel() (was deferred)");
        await first.CancelAsync(enqueueDependents: true);
        await run.SnapAsync("after c-1.cancel(enqueue_dependents=True)");
    }

    private static async Task DeletedAsync(GoldenRun run)
    {
        Job finished = await run.World.Queue().EnqueueAsync(Add(1, 1), new JobOptions { Id = "del-1" });
        await run.RunBurstAsync();
        await finished.DeleteAsync();
        Job queued = await run.World.Queue().EnqueueAsync(Add(1, 1), new JobOptions { Id = "del-2" });
        await queued.DeleteAsync();
        await run.SnapAsync("after (note what is left behind)");
    }

    private static async Task RequeueFailedAsync(GoldenRun run)
    {
        Job job = await run.World.Queue().EnqueueAsync(JobCall.To("fixture_tasks.fail"), new JobOptions { Id = "rq-1" });
        await run.RunBurstAsync();
        await job.RequeueAsync();
        await run.SnapAsync("after requeue");
    }

    private static async Task UniqueAsync(GoldenRun run)
    {
        var options = new JobOptions { Id = "u-1", Unique = UniqueJob.WhileStored, Ttl = Seconds(300) };
        await run.World.Queue().EnqueueAsync(Add(1, 2), options);
        await Should.ThrowAsync<DuplicateJobException>(() => run.World.Queue().EnqueueAsync(Add(1, 2), options));
        await run.World.Queue().EnqueueAsync(Add(1, 2), new JobOptions { Id = "u-2", Unique = UniqueJob.WhileStored, DueAt = s_farAway });
        await run.SnapAsync("after");
    }

    private static async Task GroupAsync(GoldenRun run)
    {
        await new Group(run.World.Rq, "batch").EnqueueManyAsync(run.World.Queue(), [
            new JobRequest(Add(1, 2), new JobOptions { Id = "g-1" }),
            new JobRequest(Add(3, 4), new JobOptions { Id = "g-2", DependsOn = ["g-1"] }),
        ]);
        await run.SnapAsync("after");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }

    private static async Task QueueOperationsAsync(GoldenRun run)
    {
        Queue first = run.World.Queue("q1"), second = run.World.Queue("q2");
        for (int i = 0; i < 3; i++)
        {
            await first.EnqueueAsync(Add(i, i), new JobOptions { Id = $"qo-{i}" });
            await second.EnqueueAsync(Add(i, i), new JobOptions { Id = $"qp-{i}" });
        }

        await run.World.Rq.Database.KeyDeleteAsync("rq:job:qo-1");
        await first.CompactAsync();
        await run.SnapAsync("after compact");
        await first.EmptyAsync();
        await second.DeleteAsync();
        await run.SnapAsync("after empty and delete");
    }

    private static async Task RateLimitAsync(GoldenRun run)
    {
        for (int i = 0; i < 3; i++)
            await run.World.Queue().EnqueueAsync(Add(i, i), new JobOptions { Id = $"rl-{i}", RateLimit = new RateLimit("reports", 1) });
        await run.SnapAsync("after enqueue");
        await run.RunOneJobAsync();
        await run.SnapAsync("after the first ran");
        await run.RunBurstAsync();
        await run.SnapAsync("after burst");
    }
}
