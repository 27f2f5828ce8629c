using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

public class WorkerTests
{
    [Theory, OnEachBackend]
    public async Task WRK_4_queues_are_a_strict_list_of_priorities(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        foreach (string queue in new[] { "low", "default", "high" })
        {
            await world.Queue(queue).EnqueueAsync(() => TestJobs.Note(list, queue + 1));
            await world.Queue(queue).EnqueueAsync(() => TestJobs.Note(list, queue + 2));
        }

        await world.RunBurstAsync(["high", "default", "low"]);

        TestJobs.Noted(list).ShouldBe(["high1", "high2", "default1", "default2", "low1", "low2"]);
    }

    [Theory, OnEachBackend]
    public async Task As_many_jobs_run_at_once_as_allowed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] gates = [.. Enumerable.Range(0, 5).Select(_ => Guid.NewGuid().ToString())];
        var jobs = new List<Job<string>>();
        foreach (string gate in gates)
            jobs.Add(await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate)));
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 4);

        for (int i = 0; i < 4; i++)
            await TestJobs.Gate(gates[i]).HasEnteredAsync();
        (await world.Queue().CountAsync()).ShouldBe(1);
        TestJobs.Gate(gates[4]).Entered.Task.IsCompleted.ShouldBeFalse();
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(4);
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "current_job")).ShouldBe(jobs[0].Id);

        foreach (string gate in gates)
            TestJobs.Gate(gate).Open();
        foreach (Job<string> job in jobs)
            await job.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(async () => await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "state") == "idle", "the worker is idle");
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Worker(worker.Name), "current_job")).ShouldBeFalse();
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.WorkerExecutions(worker.Name))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task An_idle_worker_wakes_for_any_of_its_queues(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.StartWorker(["a", "b", "c"]);
        foreach (string queue in new[] { "c", "a", "b", "b", "c" })
        {
            Job<int> job = await world.Queue(queue).EnqueueAsync(() => TestJobs.Add(1, 1));
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_worker_leaves_no_trace_but_its_farewell(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(["a", "b"]);
        await (await world.Queue("b").EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit);
        IDatabase db = world.Rq.Database;
        (await db.SetContainsAsync(world.Rq.Keys.Workers, world.Rq.Keys.Worker(worker.Name))).ShouldBeTrue();

        (await worker.StopAsync()).ShouldBe(1);

        (await db.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
        (await db.SetLengthAsync(world.Rq.Keys.WorkersOf("a"))).ShouldBe(0);
        (await db.SortedSetLengthAsync(world.Rq.Keys.Leases)).ShouldBe(0);
        (await db.HashLengthAsync(world.Rq.Keys.LeaseOwners)).ShouldBe(0);
        (await db.HashExistsAsync(world.Rq.Keys.Worker(worker.Name), "death")).ShouldBeTrue();
        (await db.KeyTimeToLiveAsync(world.Rq.Keys.Worker(worker.Name)))!.Value.TotalSeconds.ShouldBeInRange(30, 60);
    }

    [Theory, OnEachBackend]
    public async Task A_living_workers_name_is_refused_and_a_dead_ones_is_not(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.Name = "one");
        await Eventually.BecomesAsync(() => world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Worker("one")), "the worker is registered");

        var error = await Should.ThrowAsync<WorkerNameTakenException>(() => world.RunBurstAsync(configure: options => options.Name = "one"));
        error.Message.ShouldContain("There exists an active worker named 'one' already");
        await worker.StopAsync();
        await world.RunBurstAsync(configure: options => options.Name = "one");
    }

    [Theory, OnEachBackend]
    public async Task S010_ten_thousand_dead_ids_are_passed_over(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RedisValue[] dead = [.. Enumerable.Range(0, 10_000).Select(_ => (RedisValue)Guid.NewGuid().ToString())];
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), dead);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        RunningWorker worker = world.StartWorker();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await world.Queue().CountAsync()).ShouldBe(0);
        await worker.StopAsync();
    }

    [Theory, OnEachBackend]
    public async Task S014_an_idle_worker_told_to_stop_loses_no_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (bool byCommand in new[] { false, true })
        {
            string key = Guid.NewGuid().ToString();
            RunningWorker worker = world.StartWorker(["default", "other"]);
            await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.StartsWith("*** Listening")), "the worker listens");

            Task stopping = byCommand
                ? world.Rq.Multiplexer.GetSubscriber().PublishAsync(RedisChannel.Literal(world.Rq.Keys.Commands(worker.Name)), """{"command": "shutdown"}""")
                : worker.StopAsync();
            Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key));
            await stopping;
            await worker.Completion.WaitAsync(Eventually.Limit);

            (TestJobs.Runs(key) + await world.Queue().CountAsync()).ShouldBe(1);
            await world.RunBurstAsync();
            TestJobs.Runs(key).ShouldBe(1);
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            world.LogCollector.Clear();
        }
    }

    [Theory, OnEachBackend]
    public async Task A_stopping_worker_waits_for_its_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        RunningWorker worker = world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();

        Task<long> stopping = worker.StopAsync();
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.EndsWith("warm shut down requested")), "the worker stops");
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        stopping.IsCompleted.ShouldBeFalse();
        TestJobs.Gate(gate).Open();

        await stopping;
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_that_must_go_gives_its_jobs_back_to_the_head(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        RunningWorker worker = world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        Job behind = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        await worker.AbortAsync();

        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id, behind.Id]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        TestJobs.Gate(gate).Open();
        await world.RunBurstAsync();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
    }

    [Theory, OnEachBackend]
    public async Task SUS_1_a_suspended_worker_takes_nothing_until_resumed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Suspended, "1");
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await Eventually.BecomesAsync(async () => await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "state") == "suspended", "the worker is suspended");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().CountAsync()).ShouldBe(1);

        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Suspended);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Fact]
    public async Task S016_no_job_runs_twice_among_threads_and_processes()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string[] keys = [.. Enumerable.Range(0, 50_000).Select(i => $"s016-{i}")];
        await world.Queue().EnqueueManyAsync(keys.Select(key => JobCall.To("RQ.TestSupport.ProcessJobs.CountAsync", key)));

        // 20 slots: two workers of eight in this process, two of two in processes of their own.
        await using WorkerProcess first = await WorkerProcess.StartAsync(world.Url, "--concurrency", "2");
        await using WorkerProcess second = await WorkerProcess.StartAsync(world.Url, "--concurrency", "2");
        long[] executed = await Task.WhenAll(
            world.RunBurstAsync(configure: options => options.Concurrency = 8), world.RunBurstAsync(configure: options => options.Concurrency = 8));

        await Eventually.BecomesAsync(
            async () => await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Finished("default")) == keys.Length, "all jobs have finished");
        RedisValue[] runs = await world.Rq.Database.StringGetAsync([.. keys.Select(key => (RedisKey)("runs:" + key))]);
        runs.Count(count => count != 1).ShouldBe(0);
        executed.Sum().ShouldBeLessThanOrEqualTo(keys.Length);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S016_no_job_runs_twice(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const int count = 10_000;
        string run = Guid.NewGuid().ToString("N");
        string[] keys = [.. Enumerable.Range(0, count).Select(i => run + i)];
        await world.Queue().EnqueueManyAsync(keys.Select(key => JobCall.To("RQ.TestSupport.TestJobs.CountRun", key)));

        // 20 slots: two workers of nine and two of one.
        long[] executed = await Task.WhenAll(
            world.RunBurstAsync(configure: options => options.Concurrency = 9), world.RunBurstAsync(configure: options => options.Concurrency = 9),
            world.RunBurstAsync(), world.RunBurstAsync());

        executed.Sum().ShouldBe(count);
        keys.Count(key => TestJobs.Runs(key) != 1).ShouldBe(0);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Finished("default"))).ShouldBe(count);
    }
}
