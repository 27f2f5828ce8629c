using RQ.Redis;
using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Liveness;

/// <summary>Puts jobs where Python's workers have them while they run, or leave them when they die.</summary>
internal static class PythonState
{
    /// <summary>A started job of a worker without a lease.</summary>
    /// <param name="world">Where.</param>
    /// <param name="execution">The execution that the registry names (RQ 2); <c>null</c> for the job alone (RQ 1.13).</param>
    /// <param name="score">When the execution counts as abandoned.</param>
    /// <param name="fields">What else the job says; an empty text means that it does not.</param>
    public static async Task<Job> StartedAsync(TestWorld world, string? execution, double score = 1, params (string Field, string Value)[] fields)
    {
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        IDatabase db = world.Rq.Database;
        RedisKey key = world.Rq.Keys.Job(job.Id);
        await db.ListRemoveAsync(world.Rq.Keys.Queue("default"), job.Id);
        string now = RqTime.Timestamp(DateTimeOffset.UtcNow);
        await db.HashSetAsync(key, [new("status", "started"), new("worker_name", "py"), new("started_at", now), new("last_heartbeat", now)]);
        await db.HashDeleteAsync(key, ["on_abandoned", "enqueue_token"]);
        foreach ((string field, string value) in fields)
            await db.HashSetAsync(key, field, value);
        await db.SortedSetAddAsync(world.Rq.Keys.Started("default"), Entry(job, execution), score);
        if (execution is not null)
        {
            await db.HashSetAsync(world.Rq.Keys.Execution(job.Id, execution), "id", execution);
            await db.SortedSetAddAsync(world.Rq.Keys.Executions(job.Id), execution, score + 60);
        }

        return job;
    }

    /// <summary>A job that a worker of Python RQ 2 popped off several queues and listed as running, and whose status does not say so yet.</summary>
    public static async Task<Job> UnstartedAsync(TestWorld world, string execution, double score = 1)
    {
        Job job = await StartedAsync(world, execution, score, ("status", "queued"));
        await world.Rq.Database.HashDeleteAsync(world.Rq.Keys.Job(job.Id), ["started_at", "worker_name"]);
        return job;
    }

    public static string Entry(Job job, string? execution) => execution is null ? job.Id : $"{job.Id}:{execution}";

    /// <summary>A queued job whose id a worker has moved to the intermediate list.</summary>
    public static async Task<Job> PoppedAsync(TestWorld world)
    {
        Job job = await world.Queue().EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2));
        await world.Rq.Database.ListMoveAsync(world.Rq.Keys.Queue("default"), world.Rq.Keys.Intermediate("default"), ListSide.Left, ListSide.Right);
        return job;
    }
}
