using System.Diagnostics;
using System.Globalization;
using RQ.Conformance.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Workers that live, however it may look, and workers that do not.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Liveness")]
public class LongJobTests
{
    [Theory, OnEachBackend]
    public async Task S097_WRK_12_a_job_far_longer_than_the_workers_lifetimes_keeps_it_alive_for_every_reader(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options =>
            (options.WorkerTtl, options.MonitoringInterval) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)));
        IDatabase db = world.Rq.Database;
        RedisKey record = world.Rq.Keys.Worker(worker.Name);
        await Eventually.BecomesAsync(() => db.KeyExistsAsync(record), "it is registered");
        (await db.KeyTimeToLiveAsync(record))!.Value.TotalSeconds.ShouldBeInRange(50, 65);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Leases.IsRenewedAsync(world.Rq, worker.Name);

        var scores = new HashSet<double>();
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(8))
        {
            (await db.KeyTimeToLiveAsync(record)).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(1, 65);
            WorkerInfo listed = (await Worker.AllAsync(world.Rq)).Single();
            (listed.State, listed.CurrentJobId).ShouldBe(("busy", job.Id));
            SortedSetEntry entry = (await db.SortedSetRangeByRankWithScoresAsync(world.Rq.Keys.Started("default"))).Single();
            entry.Score.ShouldBeGreaterThan(await ServerSecondsAsync(world));
            scores.Add(entry.Score);
            (await db.SortedSetLengthAsync(world.Rq.Keys.Failed("default"))).ShouldBe(0);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        scores.Count.ShouldBeGreaterThan(2, "it beats every second");
        TestJobs.Gate(gate).Open();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
    }

    [Fact]
    public async Task S100_only_a_death_hands_a_job_out_again_and_then_within_ten_seconds()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using var cleaner = new Cleaner(world);
        world.StartWorker(["idle"], options => options.Name = "survivor");
        await using WorkerProcess victim = await WorkerProcess.StartAsync(world.Url, "--name", "victim", "default");
        await Leases.IsRenewedAsync(world.Rq, "survivor", times: 5);
        string key = Guid.NewGuid().ToString("N");
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(key, null!));
        Job far = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions { DueIn = TimeSpan.FromHours(2) });
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1, "the job runs");

        // Every sign of life that Python knows is long overdue; only the lease says otherwise.
        RedisValue entry = (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default"))).Single();
        for (int i = 0; i < 3; i++)
        {
            await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), entry, 1);
            await cleaner.CleanAsync();
            await Leases.IsRenewedAsync(world.Rq, "survivor", times: 2);
        }

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(1);
        double killed = await ServerSecondsAsync(world);
        victim.Kill();
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "it is back on its queue");

        (await ServerSecondsAsync(world) - killed).ShouldBeLessThan(Crashes.KilledWorkerTests.Promised.TotalSeconds);
        (await far.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id]);
    }

    [Fact]
    public async Task S101_workers_that_come_and_go_take_nobody_for_dead()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString();
        string[] keys = [.. Enumerable.Range(0, 4).Select(i => key + i)];
        world.StartWorker(["busy"], options => options.Concurrency = 4);
        Job<string>[] jobs = await Task.WhenAll(keys.Select(each => world.Queue("busy").EnqueueAsync(() => CallbackJobs.RunAsync(each, null!))));
        foreach (string each in keys)
            await CallbackJobs.ExecutionOfAsync(each);

        long began = Stopwatch.GetTimestamp();
        int births = 0;
        while (births < 8 || Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(12))
        {
            RunningWorker comer = world.StartWorker(["busy", "other"], options => options.LeftoversInterval = TimeSpan.FromSeconds(1));
            await Leases.IsRenewedAsync(world.Rq, comer.Name);
            await comer.StopAsync();
            births++;
        }

        foreach ((string each, Job<string> job) in keys.Zip(jobs))
        {
            TestJobs.Gate(each).Open();
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(each);
            TestJobs.Runs(each).ShouldBe(1);
            job.Attempts.ShouldBe(0);
        }

        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Message.Contains("found dead") || record.Message.Contains("of dead worker"));
    }

    [Fact]
    public async Task No_job_is_lost_while_python_cleans_up_beside_us()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Task cleaning = python.RunAsync("""
            import time
            from rq.registry import clean_registries
            from rq.worker_registration import clean_worker_registry
            while not redis.exists('stop'):
                clean_registries(queue()); clean_worker_registry(queue())
                StartedJobRegistry(queue=queue()).count; Worker.all(connection=redis)
                redis.incr('rounds')
                time.sleep(0.02)
            """);
        await using WorkerProcess survivor = await WorkerProcess.StartAsync(world.Url, "--name", "survivor", "--concurrency", "4", "default");
        await using WorkerProcess victim = await WorkerProcess.StartAsync(world.Url, "--name", "victim", "--concurrency", "4", "default");
        await Leases.IsRenewedAsync(world.Rq, "survivor", times: 5);
        string key = Guid.NewGuid().ToString("N");
        string[] keys = [.. Enumerable.Range(0, 8).Select(i => key + i)];
        Job<string>[] jobs = await Task.WhenAll(keys.Select(each => world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(each, null!))));
        foreach (string each in keys)
            await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, each) == 1, "all run");

        // What Python would take out of the registry as expired, some of a worker that lives and some of one that dies.
        foreach (RedisValue entry in await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default")))
            await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), entry, 1);
        victim.Kill();
        int before = (int)await world.Rq.Database.StringGetAsync("rounds");
        await Eventually.BecomesAsync(async () => (int)await world.Rq.Database.StringGetAsync("rounds") > before + 20, "Python has cleaned often");
        foreach (string each in keys)
            await ProcessJobs.OpenGateAsync(world.Rq, each);

        foreach ((string each, Job<string> job) in keys.Zip(jobs))
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(each);
        int[] runs = await Task.WhenAll(keys.Select(each => ProcessJobs.RunsAsync(world.Rq, each)));
        runs.ShouldAllBe(count => count == 1 || count == 2);
        runs.Count(count => count == 2).ShouldBeLessThanOrEqualTo(4, "only what the victim ran");
        await world.Rq.Database.StringSetAsync("stop", "1");
        await cleaning;
    }

    private static async Task<double> ServerSecondsAsync(TestWorld world)
    {
        RedisResult[] time = (RedisResult[])(await world.Rq.Database.ExecuteAsync("TIME"))!;
        return double.Parse((string)time[0]!, CultureInfo.InvariantCulture) + double.Parse((string)time[1]!, CultureInfo.InvariantCulture) / 1e6;
    }
}
