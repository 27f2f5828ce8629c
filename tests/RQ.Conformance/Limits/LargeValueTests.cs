using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>S139: values of the size that is allowed, in and out; S058: a larger one on a schedule; S010: ten thousand ids of nothing. Alone, because memory is measured.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Busy")]
public class LargeValueTests
{
    private const int Mebi = 1024 * 1024;

    /// <summary>The argument as it came, as it was read, and the result as it is built, written and sent: about five times its size, and what a worker takes anyway.</summary>
    private const long MostMemory = 900L * Mebi;

    [Fact]
    public async Task S139_an_argument_and_a_result_of_64_MiB_fit_into_one_worker()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url);
        byte[] bytes = Noise(64 * Mebi - 100);

        for (int i = 0; i < 2; i++)
        {
            Job job = await world.Queue().EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Echo", bytes));
            JobResult result = await job.WaitForResultAsync(Eventually.Limit);
            ((byte[])result.ReturnValue!).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
            await job.DeleteAsync();
        }

        using var process = Process.GetProcessById(worker.Id);
        process.PeakWorkingSet64.ShouldBeLessThan(MostMemory);
    }

    [Theory, OnEachBackend]
    public async Task S139_metadata_of_1_MiB_is_stored_changed_and_read(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string text = Convert.ToBase64String(Noise(Mebi * 3 / 4));
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { Meta = new Dictionary<string, object?> { ["text"] = text } });
        await job.SetMetaAsync("other", text);
        await world.RunBurstAsync();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        Job read = await Job.FetchAsync(job.Id, world.Rq);
        (read.GetMeta<string>("text"), read.GetMeta<string>("other")).ShouldBe((text, text));
    }

    [Fact]
    public async Task S010_ten_thousand_dead_ids_leave_nothing_behind_in_the_worker()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), [.. Enumerable.Range(0, 10_000).Select(i => (RedisValue)$"dead-{i}")]);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        long before = GC.GetTotalMemory(forceFullCollection: true);

        RunningWorker worker = world.StartWorker();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await worker.StopAsync();

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(20_000_000);
    }

    [Fact]
    public async Task S058_a_scheduled_payload_of_100_megabytes_holds_up_nothing()
    {
        // On a server of its own: one that makes room for so much answers nobody for a while.
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = redis => redis.AsyncTimeout = 120_000 });
        var queue = new Queue("default", rq);
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("a"), 101), new JobOptions { DueIn = TimeSpan.FromMilliseconds(1) });
        await rq.Database.ScriptEvaluateAsync("redis.call('HSET', KEYS[1], 'data', string.rep('x', 100000000))", [rq.Keys.Job(jobs[0].Id)]);

        await Eventually.BecomesAsync(async () =>
        {
            await RQ.Redis.Transitions.Promote.AllAsync(rq, "default", CancellationToken.None);
            return await queue.CountAsync() == 101;
        }, "all are queued");

        (await queue.GetJobIdsAsync()).ShouldBe(jobs.Select(job => job.Id), ignoreOrder: true);
    }

    private static byte[] Noise(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
