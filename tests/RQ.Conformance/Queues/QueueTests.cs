using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Queues;

public class QueueTests
{
    [Theory, OnEachBackend]
    public async Task Options_whose_lists_have_changed_are_read_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue("default");
        var only = new List<Type>();
        var options = new JobOptions { Retry = new Retry(3) { OnlyOn = only } };
        JobCall call = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

        Job before = await queue.EnqueueAsync(call, options);
        only.Add(typeof(TimeoutException));
        Job after = await queue.EnqueueAsync(call, options);

        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(before.Id), "retry_rule")).ShouldBeFalse();
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(after.Id), "retry_rule")).ShouldNotBeNull().ShouldContain(nameof(TimeoutException));
    }

    [Theory, OnEachBackend]
    public async Task QUE_1_any_text_is_a_name_and_the_default_is_pythons(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue.DefaultName.ShouldBe("default");
        foreach (string name in new[] { "with space", "a:b", "schnell ü 队列", "50%", ".." })
        {
            Job<int> job = await world.Queue(name).EnqueueAsync(() => TestJobs.Add(1, 2));
            job.Origin.ShouldBe(name);
            await world.RunBurstAsync([name]);
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        }

        Should.Throw<ArgumentException>(() => world.Queue(""));
    }

    [Theory, OnEachBackend]
    public async Task QUE_1_the_default_time_limit_is_180_s_or_the_queues_own(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        (await world.Queue().EnqueueAsync(() => TestJobs.Nothing())).Timeout.ShouldBe(TimeSpan.FromSeconds(180));
        Queue endless = world.Queue(options: new QueueOptions { DefaultTimeout = Timeout.InfiniteTimeSpan });
        (await endless.EnqueueAsync(() => TestJobs.Nothing())).Timeout.ShouldBe(Timeout.InfiniteTimeSpan);
        Should.Throw<ArgumentException>(() => world.Queue(options: new QueueOptions { DefaultTimeout = TimeSpan.Zero }));
    }

    [Theory, OnEachBackend]
    public async Task QUE_2_a_queue_comes_into_being_with_its_first_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue("q");
        (await queue.CountAsync()).ShouldBe(0);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Queues)).ShouldBeFalse();

        await queue.EnqueueAsync(() => TestJobs.Nothing());
        await world.RunBurstAsync(["q", "never-used"]);

        (await Queue.AllAsync(world.Rq)).ShouldBe([queue]);
    }

    [Theory, OnEachBackend]
    public async Task QUE_3_count_is_what_waits(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        (await world.Queue().CountAsync()).ShouldBe(0);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });
        await world.Queue("other").EnqueueAsync(() => TestJobs.Nothing());

        (await world.Queue().CountAsync()).ShouldBe(2);
        await world.RunBurstAsync();
        (await world.Queue().CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task QUE_4_ids_are_listed_with_offset_and_count(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] ids = ["a", "b", "c", "d", "e"];
        foreach (string id in ids)
            await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = id });

        (await world.Queue().GetJobIdsAsync()).ShouldBe(ids);
        (await world.Queue().GetJobIdsAsync(3)).ShouldBe(["d", "e"]);
        (await world.Queue().GetJobIdsAsync(1, 2)).ShouldBe(["b", "c"]);
        (await world.Queue().GetJobIdsAsync(4, 10)).ShouldBe(["e"]);
        (await world.Queue().GetJobIdsAsync(5)).ShouldBeEmpty();
        (await world.Queue().GetJobIdsAsync(0, 0)).ShouldBeEmpty();
        (await world.Queue().GetJobIdsAsync(1, int.MaxValue)).ShouldBe(["b", "c", "d", "e"]);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => world.Queue().GetJobIdsAsync(-1));
    }

    [Theory, OnEachBackend]
    public async Task QUE_11_all_queues_are_listed_by_name(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        (await Queue.AllAsync(world.Rq)).ShouldBeEmpty();
        foreach (string name in new[] { "low", "high", "a:b" })
            await world.Queue(name).EnqueueAsync(() => TestJobs.Nothing());
        // Python's reader would throw here: somebody wrote a name in the place of a key.
        await world.Rq.Database.SetAddAsync(world.Rq.Keys.Queues, "no-key");

        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["a:b", "high", "low"]);
    }

    [Theory, OnEachBackend]
    public async Task QUE_16_queues_are_equal_by_name(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue one = world.Queue("one");
        world.Queue("one").Equals(one).ShouldBeTrue();
        world.Queue("one").Equals((object)one).ShouldBeTrue();
        world.Queue("one").GetHashCode().ShouldBe(one.GetHashCode());
        world.Queue("two").Equals(one).ShouldBeFalse();
        one.Equals("one").ShouldBeFalse();
        one.ToString().ShouldBe("one");
    }

    [Theory, OnEachBackend]
    public async Task S005_queues_whose_first_jobs_came_in_bulk_or_deferred_are_listed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue("new1").EnqueueManyAsync(Enumerable.Repeat(JobCall.To("m.f"), 3));
        (await IsRegisteredAsync("new1")).ShouldBeTrue();

        Job parent = await world.Queue("parents").EnqueueAsync(() => TestJobs.Nothing());
        Job child = await world.Queue("new2").EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });
        child.Status.ShouldBe(JobStatus.Deferred);
        (await IsRegisteredAsync("new2")).ShouldBeTrue();

        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["new1", "new2", "parents"]);

        Task<bool> IsRegisteredAsync(string name) =>
            world.Rq.Database.SetContainsAsync(world.Rq.Keys.Queues, (string)world.Rq.Keys.Queue(name)!);
    }

    [Theory, OnEachBackend]
    public async Task S004_no_id_is_seen_before_its_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const int rounds = 5, jobs = 5000;
        string run = Guid.NewGuid().ToString("N");
        int seen = 0;
        world.Functions.Add("counts", (string key) =>
        {
            TestJobs.CountRun(key);
            Interlocked.Increment(ref seen);
        });
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 10);
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.StartsWith("*** Listening")), "the worker listens");
        world.LogCollector.Clear();
        for (int round = 0; round < rounds; round++)
        {
            int first = round * jobs;
            await world.Queue().EnqueueManyAsync(Enumerable.Range(first, jobs).Select(i => JobCall.To("counts", $"{run}{i}")));
        }

        await Eventually.BecomesAsync(() => Volatile.Read(ref seen) >= rounds * jobs, "all have run");
        await worker.StopAsync();

        Enumerable.Range(0, rounds * jobs).Count(i => TestJobs.Runs($"{run}{i}") != 1).ShouldBe(0);
        world.LogCollector.GetSnapshot().Count(record => record.Message.Contains("named no queued job", StringComparison.Ordinal)).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S001_an_id_that_is_enqueued_again_runs_once_with_the_newer_arguments(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        for (int round = 0; round < 100; round++)
        {
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "1"), new JobOptions { Id = "x" });
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "2"), new JobOptions { Id = "x" });
            (await world.Queue().GetJobIdsAsync()).ShouldBe(["x"]);
            if (round % 10 == 0)
                await world.RunBurstAsync();
        }

        await world.RunBurstAsync();
        string[] noted = TestJobs.Noted(list);
        noted.Length.ShouldBe(11);
        noted.ShouldAllBe(item => item == "2");
    }
}
