using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Conformance.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>What must not end a worker or cost it a slot: odd jobs, odd exceptions, a server that refuses or forgets.</summary>
public class RobustnessTests
{
    [Theory, OnEachBackend]
    public async Task Values_beyond_measure_harm_no_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var jobs = new List<Job<int>>();
        foreach (string field in new[] { "result_ttl", "failure_ttl", "timeout", "ttl" })
        {
            foreach (string value in new[] { "100000000000000000", "-100000000000000000", "99999999999999999999", "1e30", "nonsense", "" })
            {
                Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), field, value);
                jobs.Add(job);
            }
        }

        await world.RunBurstAsync();

        foreach (Job<int> job in jobs)
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Exception != null);
    }

    [Theory, OnEachBackend]
    public async Task Odd_retry_intervals_cost_no_slot(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var odd = new List<Job>();
        foreach (string intervals in new[] { "[99999999999999]", "[-5]", "[1e400]", "nonsense", "{}" })
        {
            Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Retry = new Retry(1) });
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "retry_intervals", intervals);
            odd.Add(job);
        }

        Job<int> next = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await world.RunBurstAsync();

        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await odd[0].GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        foreach (Job job in odd[1..])
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task An_exception_whose_message_throws_fails_its_job_only(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add("untellable", void () => throw new UntellableException());
        Job job = await world.Queue().EnqueueAsync(JobCall.To("untellable"));
        Job<int> next = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain(nameof(UntellableException));
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task A_time_limit_longer_than_timers_can_wait_is_none(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(
            () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Timeout = TimeSpan.FromDays(60) });
        world.StartWorker();

        await TestJobs.Gate(gate).HasEnteredAsync();
        TestJobs.Gate(gate).Open();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
    }

    [Fact]
    public async Task A_worker_with_more_jobs_than_slots_after_a_flush_goes_on()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string[] gates = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid().ToString())];
        await world.Queue("a").EnqueueAsync(() => TestJobs.BlockAtGate(gates[0]));
        RunningWorker worker = world.StartWorker(["a", "b"], options => options.Concurrency = 2);
        await TestJobs.Gate(gates[0]).HasEnteredAsync();

        // The job runs on, but the server has forgotten it and counts two free slots.
        await world.Rq.Database.ScriptEvaluateAsync("redis.call('FLUSHDB')");
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("registered again")), "the worker registers again");
        RQ.Queues.NewJob[] pair = [NewJob(world, "a", gates[1]), NewJob(world, "b", gates[2])];
        await PushTogetherAsync(world, pair);
        await TestJobs.Gate(gates[1]).HasEnteredAsync();
        await TestJobs.Gate(gates[2]).HasEnteredAsync();

        Job<int> next = await world.Queue("b").EnqueueAsync(() => TestJobs.Add(1, 1));
        await Leases.IsRenewedAsync(world.Rq, worker.Name, times: 2);
        (await next.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        foreach (string gate in gates)
            TestJobs.Gate(gate).Open();
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        foreach (RQ.Queues.NewJob each in pair)
            await Eventually.BecomesAsync(async () => (await Job.FetchAsync(each.Item.Id, world.Rq)).Status == JobStatus.Finished, "the pair finishes");
        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Message.Contains("a step failed"));
    }

    [Fact]
    public async Task A_server_that_refuses_writes_for_want_of_replicas_is_waited_for()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true });
        var log = new FakeLogCollector();
        bool HasLogged(string text) => log.GetSnapshot().Any(record => record.Message.Contains(text));
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions
        {
            Functions = new JobFunctions().AddAssemblyOf<Backend>(),
            LoggerFactory = LoggerFactory.Create(
                logging => logging.AddProvider(new FakeLoggerProvider(log))),
        }));
        await TestJobs.Gate(gate).HasEnteredAsync();

        await rq.Database.ExecuteAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        TestJobs.Gate(gate).Open();
        await Eventually.BecomesAsync(() => HasLogged("lost the connection") && HasLogged("heartbeat failed"), "the worker notices");
        await rq.Database.ExecuteAsync("CONFIG", "SET", "min-replicas-to-write", "0");

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
        await Eventually.BecomesAsync(() => HasLogged("Redis is back"), "the worker goes on");
        (await job.GetResultsAsync()).Count.ShouldBe(1);
        (await worker.StopAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_resumed_without_work_is_idle(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Suspended, "1");
        RunningWorker worker = world.StartWorker();
        async Task<bool> IsAsync(string state) => await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "state") == state;
        await Eventually.BecomesAsync(() => IsAsync("suspended"), "the worker is suspended");

        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Suspended);

        await Eventually.BecomesAsync(() => IsAsync("idle"), "the worker is idle");
    }

    [Theory, OnEachBackend]
    public async Task A_job_given_back_has_its_time_to_live_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(
            () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Ttl = TimeSpan.FromSeconds(100) });
        RunningWorker worker = world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull();

        await worker.AbortAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id)))!.Value.TotalSeconds.ShouldBeInRange(30, 100);
    }

    private static RQ.Queues.NewJob NewJob(TestWorld world, string queue, string gate) =>
        RQ.Queues.NewJob.Create(world.Queue(queue), JobCall.To("RQ.TestSupport.TestJobs.BlockAtGate", gate), null);

    /// <summary>Enqueues two jobs on two queues at one instant, so that two waits of one worker end together.</summary>
    private static async Task PushTogetherAsync(TestWorld world, RQ.Queues.NewJob[] pair)
    {
        string[] queues = ["a", "b"];
        ITransaction transaction = world.Rq.Database.CreateTransaction();
        for (int i = 0; i < 2; i++)
        {
            var fields = new List<HashEntry>();
            for (int f = 0; f < pair[i].Item.Fields.Count; f += 2)
                fields.Add(new HashEntry(pair[i].Item.Fields[f], pair[i].Item.Fields[f + 1]));
            fields.Add(new HashEntry("status", "queued"));
            _ = transaction.HashSetAsync(world.Rq.Keys.Job(pair[i].Item.Id), [.. fields]);
        }

        for (int i = 0; i < 2; i++)
            _ = transaction.ListRightPushAsync(world.Rq.Keys.Queue(queues[i]), pair[i].Item.Id);
        (await transaction.ExecuteAsync()).ShouldBeTrue();
    }

    private sealed class UntellableException : Exception
    {
        public override string Message => throw new NotSupportedException("from Message");
    }
}
