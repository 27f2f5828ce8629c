using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>S010: ids whose job is gone, by the thousands: counted in calls to a server of its own.</summary>
public class DeadIdTests
{
    private const int Dead = 10_000;

    private static readonly RedisValue[] s_dead = [.. Enumerable.Range(0, Dead).Select(i => (RedisValue)$"dead-{i}")];

    [Fact]
    public async Task S010_a_worker_gets_past_ten_thousand_dead_ids_in_few_calls_while_other_queues_are_served()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await rq.Database.ListRightPushAsync(rq.Keys.Queue("dead"), s_dead);
        Job<int> behind = await new Queue("dead", rq).EnqueueAsync(() => TestJobs.Add(1, 1));
        Job<int> other = await new Queue("other", rq).EnqueueAsync(() => TestJobs.Add(2, 2));
        ServerWork before = await ServerWork.OfAsync(server);

        var options = new WorkerOptions { Burst = true, Concurrency = 2, Functions = new JobFunctions().AddAssemblyOf<TestWorld>() };
        (await new Worker(["dead", "other"], rq, options).RunAsync(CancellationToken.None).WaitAsync(Eventually.Limit)).ShouldBe(2);

        (await behind.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await other.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
        ServerWork work = await ServerWork.OfAsync(server) - before;
        // 500 ids a call.
        work.Scripts.ShouldBeLessThan(Dead / 500 + 40);
        work.Commands.ShouldBeLessThan(6 * Dead);
    }

    [Fact]
    public async Task S010_with_dead_ids_at_the_head_of_every_turn_a_later_queue_has_its_turn_too()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using var worker = new RunningWorker(new Worker(["dead", "other"], rq, new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<TestWorld>() }));
        for (int i = 0; i < 5; i++)
        {
            await rq.Database.ListRightPushAsync(rq.Keys.Queue("dead"), s_dead);
            Job<int> other = await new Queue("other", rq).EnqueueAsync(() => TestJobs.Add(2, 2));
            (await other.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
        }

        await Eventually.BecomesAsync(async () => await new Queue("dead", rq).CountAsync() == 0, "the dead ids are gone");
    }

    [Theory, OnEachBackend]
    public async Task S010_dead_ids_in_every_registry_are_no_rows_and_leave_with_the_clean_up(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        (JobRegistry Registry, string Key, double Score)[] all =
        [
            (queue.Started, world.Rq.Keys.Started("default"), 1000), (queue.Finished, world.Rq.Keys.Finished("default"), 4e9), (queue.Failed, world.Rq.Keys.Failed("default"), 4e9),
            (queue.Deferred, world.Rq.Keys.Deferred("default"), 1000), (queue.Scheduled, world.Rq.Keys.Scheduled("default"), 1000), (queue.Canceled, world.Rq.Keys.Canceled("default"), 1000),
        ];
        SortedSetEntry[] entries = [.. s_dead.Take(2000).Select((id, i) => new SortedSetEntry(id, i))];
        foreach ((JobRegistry registry, string key, double score) in all)
        {
            await world.Rq.Database.SortedSetAddAsync(key, [.. entries.Select(entry => new SortedSetEntry(entry.Element, score + entry.Score / 1e6))]);
            (await registry.GetJobsAsync(0, 500)).ShouldBeEmpty();
            (await registry.CleanUpAsync()).ShouldBe(entries.Length, registry.ToString());
            (await registry.CountAsync()).ShouldBe(0);
        }

        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Failed("default"), [.. entries.Select(entry => new SortedSetEntry(entry.Element, 4e9))]);
        (await queue.Failed.RequeueAllAsync()).ShouldBe(new RequeuedJobs(0, entries.Length));
        (await queue.Failed.CountAsync()).ShouldBe(0);
    }
}
