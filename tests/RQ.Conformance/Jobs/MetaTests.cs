using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Values of one's own, stored with the job.</summary>
public class MetaTests
{
    [Theory, OnEachBackend]
    public async Task JOB_7_values_are_set_and_read_by_type(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions { Meta = new Dictionary<string, object?> { ["a"] = 1 } });

        await job.SetMetaAsync("when", new DateOnly(2026, 11, 25));
        await job.UpdateMetaAsync(meta =>
        {
            meta["list"] = new[] { 1, 2 };
            meta.Remove("a");
        });

        Job again = await Job.FetchAsync(job.Id, world.Rq);
        again.GetMeta<DateOnly>("when").ShouldBe(new DateOnly(2026, 11, 25));
        again.GetMeta<int[]>("list").ShouldBe([1, 2]);
        again.GetMeta<string>("none").ShouldBeNull();
        again.Meta.Keys.ShouldBe(["when", "list"]);
        await job.UpdateMetaAsync(meta => meta.Clear());
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(job.Id), "meta")).ShouldBeFalse();
        await job.DeleteAsync();
        await Should.ThrowAsync<JobNotFoundException>(() => job.SetMetaAsync("a", 1));
        (await Job.ExistsAsync(job.Id, world.Rq)).ShouldBeFalse("a deleted job does not come back");
    }

    [Theory, OnEachBackend]
    public async Task JOB_7_None_is_no_values_and_can_be_written_to(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (byte[] meta in new[] { "N."u8.ToArray(), [0x80, 4, (byte)'N', (byte)'.'], "null"u8.ToArray() })
        {
            Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "meta", meta);
            await job.RefreshAsync();

            job.Meta.ShouldBeEmpty();
            job.GetMeta<string>("a").ShouldBeNull();
            await job.SetMetaAsync("a", "b");
            (await Job.FetchAsync(job.Id, world.Rq)).GetMeta<string>("a").ShouldBe("b");
        }
    }

    [Theory, OnEachBackend]
    public async Task Writers_that_count_come_to_the_right_number(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions { Meta = new Dictionary<string, object?> { ["done"] = 0L } });

        // Two that were at the same number write the same bytes.
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            await (await Job.FetchAsync(job.Id, world.Rq)).UpdateMetaAsync(meta => meta["done"] = Convert.ToInt64(meta["done"]) + 1)));

        (await Job.FetchAsync(job.Id, world.Rq)).GetMeta<int>("done").ShouldBe(20);
    }

    [Fact]
    public async Task Metadata_that_is_too_large_is_not_written()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { MaxJobSize = 10_000 });
        Job job = await new Queue("default", rq).EnqueueAsync(JobCall.To("a"), new JobOptions { Meta = new Dictionary<string, object?> { ["a"] = 1 } });

        await Should.ThrowAsync<JobTooLargeException>(() => job.SetMetaAsync("b", new string('b', 20_000)));

        (await Job.FetchAsync(job.Id, rq)).Meta.Keys.ShouldBe(["a"]);
    }

    [Theory, OnEachBackend]
    public async Task Two_writers_do_not_erase_each_others_keys(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            await (await Job.FetchAsync(job.Id, world.Rq)).SetMetaAsync($"k{i}", i)));

        await job.RefreshAsync();
        job.Meta.Count.ShouldBe(20);
    }

    [Theory, OnEachBackend]
    public async Task S155_what_the_job_saved_is_there_after_every_ending(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job finished = await world.Queue().EnqueueAsync(() => MetaJobs.CountAsync(false, null!), new JobOptions { Meta = new Dictionary<string, object?> { ["count"] = 0 } });
        Job failed = await world.Queue().EnqueueAsync(() => MetaJobs.CountAsync(true, null!));
        Job retried = await world.Queue().EnqueueAsync(() => MetaJobs.CountAsync(true, null!), new JobOptions { Retry = new Retry(1, TimeSpan.FromHours(1)) });

        await world.RunBurstAsync();

        foreach (Job job in new[] { finished, failed, retried })
        {
            await job.RefreshAsync();
            job.GetMeta<int>("count").ShouldBe(50);
        }

        retried.Status.ShouldBe(JobStatus.Scheduled);
    }

    [Theory, OnEachBackend]
    public async Task S026_saving_meta_does_not_bring_a_time_to_live_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        world.StartWorker();
        Job<string> job = await world.Queue().EnqueueAsync(
            () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Ttl = TimeSpan.FromMinutes(10), ResultTtl = TimeSpan.FromMinutes(30) });
        await TestJobs.Gate(gate).HasEnteredAsync();

        for (int i = 0; i < 10; i++)
        {
            await job.SetMetaAsync("i", i);
            (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull();
        }

        TestJobs.Gate(gate).Open();
        await job.WaitForResultAsync(Eventually.Limit);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull().TotalMinutes.ShouldBeInRange(20, 30);
        job.GetMeta<int>("i").ShouldBe(9);
    }
}
