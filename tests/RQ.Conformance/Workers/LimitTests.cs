using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>What ends a worker that nobody tells to stop.</summary>
public class LimitTests
{
    [Theory, OnEachBackend]
    public async Task WRK_7_LOG_6_a_worker_ends_after_so_many_executions(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 10));

        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.MaxJobs = 3;
            options.Concurrency = 8;
        });

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(3);
        (await world.Queue().CountAsync()).ShouldBe(7);
        (await world.Queue().Finished.CountAsync()).ShouldBe(3);
        Messages(world).ShouldContain($"Worker {worker.Name}: finished executing 3 jobs, quitting");
        Messages(world).ShouldNotContain(message => message.EndsWith("done, quitting"));
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task WRK_7_failures_and_each_retry_count(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job failing = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Retry = new Retry(1) { AtFront = true } });
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 2));

        (await world.StartWorker(configure: options => options.MaxJobs = 3).Completion.WaitAsync(Eventually.Limit)).ShouldBe(3);

        (await failing.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task WRK_7_in_burst_mode_whichever_comes_first(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 3));

        (await world.RunBurstAsync(configure: options => options.MaxJobs = 2)).ShouldBe(2);
        Messages(world).ShouldContain(message => message.EndsWith("finished executing 2 jobs, quitting"));
        (await world.RunBurstAsync(configure: options => options.MaxJobs = 2)).ShouldBe(1);
        Messages(world).ShouldContain(message => message.EndsWith("done, quitting"));
    }

    [Theory, OnEachBackend]
    public async Task WRK_7_an_idle_worker_with_many_slots_and_queues_takes_no_more_than_it_may(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] queues = ["a", "b", "c", "d"];
        RunningWorker worker = world.StartWorker(queues, options =>
        {
            options.MaxJobs = 1;
            options.Concurrency = 4;
        });
        await Eventually.BecomesAsync(
            async () => await world.Rq.Database.HashExistsAsync(world.Rq.Keys.LeaseWaits, worker.Name), "the worker waits on its queues");

        Job[] jobs = await Task.WhenAll(queues.Select(queue => world.Queue(queue).EnqueueAsync(() => TestJobs.Nothing())));

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(1);
        JobStatus[] statuses = await Task.WhenAll(jobs.Select(job => job.GetStatusAsync()));
        statuses.Count(status => status == JobStatus.Finished).ShouldBe(1);
        statuses.Count(status => status == JobStatus.Queued).ShouldBe(3);
    }

    [Theory, OnEachBackend]
    public async Task WRK_8_LOG_6_a_worker_without_work_ends_after_its_time(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);

        RunningWorker worker = world.StartWorker(["a", "b"], options => options.MaxIdleTime = TimeSpan.FromMilliseconds(300));

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(0);
        Messages(world).ShouldContain($"Worker {worker.Name}: idle for 1 seconds, quitting");
    }

    [Theory, OnEachBackend]
    public async Task WRK_8_the_time_is_counted_anew_after_each_job_and_not_while_one_runs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        TimeSpan most = TimeSpan.FromMilliseconds(500);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.MaxIdleTime = most;
            options.Concurrency = 2;
        });
        await TestJobs.Gate(gate).HasEnteredAsync();

        // What is shown is that nothing happens meanwhile.
        await Task.Delay(3 * most, TestContext.Current.CancellationToken);
        worker.Completion.IsCompleted.ShouldBeFalse();
        TestJobs.Gate(gate).Open();

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(1);
        FakeLogRecord quitting = world.LogCollector.GetSnapshot().Single(record => record.Message.Contains("idle for"));
        (quitting.Timestamp - (await Job.FetchAsync(job.Id, world.Rq)).EndedAt!.Value).ShouldBeGreaterThan(most * 0.9);
    }

    [Theory, OnEachBackend]
    public async Task WRK_8_has_no_effect_in_burst_mode(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        Task<long> burst = world.RunBurstAsync(configure: options =>
        {
            options.MaxIdleTime = TimeSpan.FromMilliseconds(1);
            options.Concurrency = 2;
        });
        await TestJobs.Gate(gate).HasEnteredAsync();
        TestJobs.Gate(gate).Open();

        (await burst).ShouldBe(1);
        Messages(world).ShouldNotContain(message => message.Contains("idle for"));
        Messages(world).ShouldContain(message => message.EndsWith("done, quitting"));
    }

    [Fact]
    public async Task WRK_21_a_worker_whose_every_step_fails_ends_and_says_why()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var log = new FakeLogCollector();
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        RunningWorker worker = Connections.OutageTests.StartWorker(rq, ["default"], options =>
        {
            options.Name = "w";
            options.Concurrency = 2;
            options.LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log)));
        });
        await TestJobs.Gate(gate).HasEnteredAsync();

        await rq.Database.ExecuteAsync("ACL", "SETUSER", "default", "-scard");
        await Eventually.BecomesAsync(() => Messages().Any(message => message.Contains("times in a row, quitting")), "the worker gives up");
        await rq.Database.ExecuteAsync("ACL", "SETUSER", "default", "+scard");
        TestJobs.Gate(gate).Open();

        (await Should.ThrowAsync<RedisServerException>(() => worker.Completion.WaitAsync(Eventually.Limit))).Message.ShouldContain("lacks a right");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await rq.Database.SetLengthAsync(rq.Keys.Workers)).ShouldBe(0);
        (await rq.Database.HashExistsAsync(rq.Keys.Worker("w"), "death")).ShouldBeTrue();
        Messages().Count(message => message.EndsWith("a step failed, trying again")).ShouldBe(1);

        IEnumerable<string> Messages() => log.GetSnapshot().Select(record => record.Message);
    }

    [Theory, OnEachBackend]
    public async Task WRK_21_a_queue_that_is_none_costs_no_job_of_the_others(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 5));
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Queue("other"), "no list");

        world.StartWorker(["default", "other"], options => options.Concurrency = 8);

        await Eventually.BecomesAsync(async () => await world.Queue().Finished.CountAsync() == 5, "all jobs have run");
        (await world.Queue().Started.CountAsync()).ShouldBe(0);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Queue("other"));
    }

    [Theory, OnEachBackend]
    public async Task WRK_21_a_step_that_failed_is_tried_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Queue("other"), "no list");
        world.StartWorker(["other", "default"]);
        await Eventually.BecomesAsync(() => Messages(world).Any(message => message.EndsWith("a step failed, trying again")), "a step fails");
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Queue("other"));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    private static IEnumerable<string> Messages(TestWorld world) => world.LogCollector.GetSnapshot().Select(record => record.Message);
}
