using System.Globalization;
using StackExchange.Redis;

namespace RQ.Bench.Complexity;

/// <summary>What there is more and more of, and which operations could care.</summary>
/// <param name="Name">What there is so much of.</param>
/// <param name="Largest">Of how many the last column is, at most.</param>
/// <param name="GrowAsync">Makes it so many, from an empty database or from fewer.</param>
/// <param name="Operations">What is measured at each size.</param>
internal sealed record Axis(string Name, int Largest, Func<World, int, Task> GrowAsync, params Operation[] Operations)
{
    public const string ParentsQueue = "parents";

    private const int Million = 1_000_000;

    /// <summary>Whether each size begins with an empty database, because the operations use up what is there.</summary>
    public bool BeginsAnew { get; private init; }

    public static IReadOnlyList<Axis> All { get; } =
    [
        new("jobs on the queue", Million, GrowQueueAsync,
            Operation.Enqueue, Operation.TakeAndFinish, Operation.CancelQueued, Operation.DeleteQueued, Operation.Requeue, Operation.Fetch, Operation.Schedule),
        new("jobs in the finished registry", Million, GrowFinishedAsync,
            Operation.Enqueue, Operation.TakeAndFinish, Operation.DeleteFinished, Operation.Fetch, Operation.Count, Operation.FirstPage, Operation.MiddlePage),
        new("scheduled jobs", Million, GrowScheduledAsync,
            Operation.Enqueue, Operation.TakeAndFinish, Operation.Schedule, Operation.Reschedule, Operation.Promote),
        new("registered workers", Million / 100, GrowWorkersAsync,
            Operation.Enqueue, Operation.TakeAndFinish, Operation.IdleSecond, Operation.CountWorkers),
        new("dependents of one job", Million, GrowDependentsAsync,
            Operation.Enqueue, Operation.TakeAndFinish, Operation.AddDependent, Operation.CancelDependent, Operation.Release) { BeginsAnew = true },
    ];

    private static async Task GrowQueueAsync(World world, int size) =>
        await world.Work.EnqueueManyAsync(size - (int)await world.Queue.CountAsync(), Workload.Nothing);

    private static async Task GrowFinishedAsync(World world, int size)
    {
        await world.Work.EnqueueManyAsync(size - (int)await world.Queue.Finished.CountAsync(), Workload.Nothing, World.Kept);
        await world.Work.DrainAsync();
    }

    private static async Task GrowScheduledAsync(World world, int size) => await world.Work.EnqueueManyAsync(
        size - (int)await world.Queue.Scheduled.CountAsync(), Workload.Nothing, new JobOptions { DueAt = DateTimeOffset.UtcNow.AddDays(1) });

    // As workers write themselves, alive for a day.
    private static async Task GrowWorkersAsync(World world, int size)
    {
        long until = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds();
        string now = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        await World.TimesAsync(size, async i =>
        {
            string name = $"other-{i}", key = $"rq:worker:{name}";
            await world.Database.HashSetAsync(key,
            [
                new("incarnation", "0123456789abcdef"), new("birth", now), new("last_heartbeat", now), new("queues", world.Queue.Name), new("state", "idle"),
                new("hostname", "elsewhere"), new("pid", 1), new("version", "2.10.0"), new("python_version", ".NET"), new("successful_job_count", 0),
            ]);
            await world.Database.SetAddAsync("rq:workers", key);
            await world.Database.SetAddAsync($"rq:workers:{world.Queue.Name}", key);
            await world.Database.SortedSetAddAsync("rq:leases", name, until);
            await world.Database.HashSetAsync("rq:leases:owners", name, $"0123456789abcdef [\"{world.Queue.Name}\"]");
        });
    }

    private static async Task GrowDependentsAsync(World world, int size)
    {
        world.Parent = await new Queue(ParentsQueue, world.Rq).EnqueueAsync(Workload.Nothing(0));
        await world.Work.EnqueueManyAsync(size, Workload.Nothing, Operation.DependsOnParent(world));
    }
}
