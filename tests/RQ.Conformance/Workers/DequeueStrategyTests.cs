using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>From which of its queues a worker takes the next job.</summary>
public class DequeueStrategyTests
{
    private static readonly string[] s_queues = ["h", "m", "l"];

    [Theory, OnEachBackend]
    public async Task DEQ_1_the_default_strategy_empties_the_first_queue_first(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = await NotingJobsAsync(world, each: 2);

        await world.RunBurstAsync(s_queues);

        TestJobs.Noted(list).ShouldBe(["h0", "h1", "m0", "m1", "l0", "l1"]);
    }

    [Theory, OnEachBackend]
    public async Task DEQ_2_round_robin_goes_on_behind_the_queue_that_was_served_last(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = await NotingJobsAsync(world, each: 2);
        await world.Queue("l").EnqueueAsync(() => TestJobs.Note(list, "l2"));

        await world.RunBurstAsync(s_queues, options => options.DequeueStrategy = DequeueStrategy.RoundRobin);

        TestJobs.Noted(list).ShouldBe(["h0", "m0", "l0", "h1", "m1", "l1", "l2"]);
    }

    [Theory, OnEachBackend]
    public async Task DEQ_2_the_order_goes_on_behind_the_queue_that_woke_an_idle_worker(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString(), gate = Guid.NewGuid().ToString();
        world.StartWorker(s_queues, options => options.DequeueStrategy = DequeueStrategy.RoundRobin);
        // It sleeps until this job comes.
        await world.Queue("m").EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        await TestJobs.Gate(gate).HasEnteredAsync();
        foreach (string queue in s_queues)
            await world.Queue(queue).EnqueueAsync(() => TestJobs.Note(list, queue));

        TestJobs.Gate(gate).Open();

        await Eventually.BecomesAsync(() => TestJobs.Noted(list).Length == 3, "all have run");
        TestJobs.Noted(list).ShouldBe(["l", "h", "m"]);
    }

    [Theory, OnEachBackend]
    public async Task DEQ_3_random_follows_neither_the_list_nor_a_round_and_keeps_each_queues_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const int each = 30;
        string list = await NotingJobsAsync(world, each);

        await world.RunBurstAsync(s_queues, options => options.DequeueStrategy = DequeueStrategy.Random);

        string[] noted = TestJobs.Noted(list);
        noted.Length.ShouldBe(3 * each);
        foreach (string queue in s_queues)
            noted.Where(item => item.StartsWith(queue, StringComparison.Ordinal)).ShouldBe(Enumerable.Range(0, each).Select(i => queue + i));
        // By chance once in 3^30.
        string.Concat(noted.Take(each).Select(item => item[0])).ShouldNotBe(new string('h', each));
        string.Concat(noted.Take(each).Select(item => item[0])).ShouldNotBe(string.Concat(Enumerable.Repeat("hml", each / 3)));
    }

    [Fact]
    public async Task DEQ_4_a_strategy_that_does_not_exist_is_refused()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        var error = Should.Throw<ArgumentException>(() => new Worker(s_queues, world.Rq, new WorkerOptions { DequeueStrategy = (DequeueStrategy)99 }));

        error.Message.ShouldContain("DequeueStrategy");
    }

    [Theory, OnEachBackend]
    public async Task One_take_of_many_jobs_is_as_fair_as_many_of_one(Backend backend)
    {
        foreach (DequeueStrategy strategy in new[] { DequeueStrategy.RoundRobin, DequeueStrategy.Random })
        {
            await using TestWorld world = await TestWorld.CreateAsync(backend);
            string run = Guid.NewGuid().ToString();
            foreach (string queue in s_queues)
                await world.Queue(queue).EnqueueManyAsync(Enumerable.Range(0, 6).Select(i => JobCall.To("RQ.TestSupport.TestJobs.BlockAtGate", run + queue + i)));

            world.StartWorker(s_queues, options =>
            {
                options.Concurrency = 6;
                options.DequeueStrategy = strategy;
            });

            string[] all = [.. s_queues.SelectMany(queue => Enumerable.Range(0, 6).Select(i => run + queue + i))];
            await Eventually.BecomesAsync(() => all.Count(IsRunning) == 6, "all slots are busy");
            all.Where(IsRunning).ShouldBe(s_queues.SelectMany(queue => new[] { run + queue + 0, run + queue + 1 }));
            foreach (string gate in all)
                TestJobs.Gate(gate).Open();
        }

        static bool IsRunning(string gate) => TestJobs.Gate(gate).Entered.Task.IsCompleted;
    }

    [Theory, OnEachBackend]
    public async Task A_take_in_rounds_leaves_no_slot_free_while_one_queue_has_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        await world.Queue("l").EnqueueManyAsync(Enumerable.Range(0, 20).Select(i => JobCall.To("RQ.TestSupport.TestJobs.Note", list, $"l{i}")));

        foreach (DequeueStrategy strategy in new[] { DequeueStrategy.RoundRobin, DequeueStrategy.Random, DequeueStrategy.Weighted })
        {
            (await world.RunBurstAsync(s_queues, options =>
            {
                options.Concurrency = 5;
                options.MaxJobs = 5;
                options.DequeueStrategy = strategy;
                options.QueueWeights["h"] = 100;
            })).ShouldBe(5);
        }

        (await world.Queue("l").CountAsync()).ShouldBe(5);
    }

    [Theory, OnEachBackend]
    public async Task A_weighted_worker_serves_in_proportion_and_starves_no_queue(Backend backend)
    {
        const int jobs = 400;
        foreach (int concurrency in new[] { 1, 8 })
        {
            await using TestWorld world = await TestWorld.CreateAsync(backend);
            string list = await NotingJobsAsync(world, jobs);

            (await world.RunBurstAsync(s_queues, options =>
            {
                options.DequeueStrategy = DequeueStrategy.Weighted;
                options.QueueWeights["l"] = 6;
                options.Concurrency = concurrency;
                options.MaxJobs = jobs;
            })).ShouldBe(jobs);

            // Of 400 the heavy queue has 300 on average, the others 50 each; the bounds are more than seven deviations away.
            string[] noted = TestJobs.Noted(list);
            noted.Count(item => item[0] == 'l').ShouldBeInRange(230, 370);
            noted.Count(item => item[0] == 'h').ShouldBeInRange(5, 110);
            noted.Count(item => item[0] == 'm').ShouldBeInRange(5, 110);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_paused_queue_is_passed_over_in_every_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = await NotingJobsAsync(world, each: 2);
        await world.Queue("m").PauseAsync();

        await world.RunBurstAsync(s_queues, options => options.DequeueStrategy = DequeueStrategy.RoundRobin);

        TestJobs.Noted(list).ShouldBe(["h0", "l0", "h1", "l1"]);
        (await world.Queue("m").CountAsync()).ShouldBe(2);
    }

    private static async Task<string> NotingJobsAsync(TestWorld world, int each)
    {
        string list = Guid.NewGuid().ToString();
        foreach (string queue in s_queues)
            await world.Queue(queue).EnqueueManyAsync(Enumerable.Range(0, each).Select(i => JobCall.To("RQ.TestSupport.TestJobs.Note", list, queue + i)));
        return list;
    }
}
