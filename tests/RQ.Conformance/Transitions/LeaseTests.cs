using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Transitions;

/// <summary>Who holds a worker's name, and who may be taken for dead.</summary>
public class LeaseTests
{
    private static readonly string[] s_queues = ["default"];

    [Theory, OnEachBackend]
    public async Task A_run_whose_name_has_passed_to_another_can_do_nothing_by_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        (await RegisterAsync(world, "old")).ShouldBe(WorkerRecord.Birth.Ok);
        (await RegisterAsync(world, "new")).ShouldBe(WorkerRecord.Birth.Taken);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Leases, "x", 1);
        (await RegisterAsync(world, "new")).ShouldBe(WorkerRecord.Birth.Unburied);
        (await WorkerRecord.UnregisterAsync(world.Rq, "x", s_queues, incarnation: null)).ShouldBeTrue();
        (await RegisterAsync(world, "new")).ShouldBe(WorkerRecord.Birth.Ok);
        await world.Queue().EnqueueAsync(JobCall.To("a"));

        (await RenewAsync(world, "old")).IsHeld.ShouldBeFalse();
        (await RegisterAsync(world, "old")).ShouldBe(WorkerRecord.Birth.Taken);
        (await TakeAsync(world, "old")).IsUnregistered.ShouldBeTrue();
        (await WorkerRecord.UnregisterAsync(world.Rq, "x", s_queues, "old")).ShouldBeFalse();

        await WorkerRecord.NoteWaitsAsync(world.Rq, "x", "old", [new ConnectionNumber("run", 1)]);
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.LeaseWaits, "x")).ShouldBeFalse();

        (await world.Queue().CountAsync()).ShouldBe(1);
        (await RenewAsync(world, "new")).IsHeld.ShouldBeTrue();
        await WorkerRecord.NoteWaitsAsync(world.Rq, "x", "new", [new ConnectionNumber("run", 1)]);
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.LeaseWaits, "x")).ShouldBe("run/1");
        (await TakeAsync(world, "new")).Executions.Count.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_run_whose_record_says_that_it_died_or_is_not_whole_registers_before_it_goes_on(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        RedisKey record = world.Rq.Keys.Worker("x");
        await world.Queue().EnqueueAsync(JobCall.To("a"));
        Func<Task>[] losses =
        [
            () => db.HashSetAsync(record, "death", "2026-11-25T10:00:05.000000Z"),
            () => db.KeyDeleteAsync(record),
            async () =>
            {
                await db.KeyDeleteAsync(record);
                await db.HashSetAsync(record, "state", "busy");
            },
        ];

        foreach (Func<Task> loss in losses)
        {
            (await RegisterAsync(world, "me")).ShouldBe(WorkerRecord.Birth.Ok);
            (await RenewAsync(world, "me")).IsHeld.ShouldBeTrue();
            await loss();

            (await RenewAsync(world, "me")).IsHeld.ShouldBeFalse();
            (await TakeAsync(world, "me")).IsUnregistered.ShouldBeTrue();
            (await db.HashExistsAsync(record, "last_take")).ShouldBeFalse();
        }

        (await RegisterAsync(world, "me")).ShouldBe(WorkerRecord.Birth.Ok);
        (await TakeAsync(world, "me")).Executions.Count.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_burial_that_comes_late_leaves_the_names_next_holder_alone(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RedisKey record = world.Rq.Keys.Worker("x");
        await world.Rq.Database.HashSetAsync(record, [new("birth", "2026-11-25T10:00:00.000000Z"), new("queues", "default")]);
        await world.Rq.Database.SetAddAsync(world.Rq.Keys.Workers, (string)record!);

        (await WorkerRecord.UnregisterAsync(world.Rq, "x", s_queues, incarnation: null)).ShouldBeTrue();

        (await world.Rq.Database.HashExistsAsync(record, "death")).ShouldBeFalse();
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task Executions_under_a_name_without_a_lease_are_recovered_before_the_name_is_given_away(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        (await RegisterAsync(world, "old")).ShouldBe(WorkerRecord.Birth.Ok);
        (await TakeAsync(world, "old")).Executions.Count.ShouldBe(1);
        await db.KeyDeleteAsync([world.Rq.Keys.Leases, world.Rq.Keys.LeaseOwners]);

        (await RegisterAsync(world, "new")).ShouldBe(WorkerRecord.Birth.Unburied);
        using var cleaner = new Liveness.Cleaner(world);
        await cleaner.Maintenance.RecoverAsync("x");

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await RegisterAsync(world, "new")).ShouldBe(WorkerRecord.Birth.Ok);
        (await TakeAsync(world, "new")).Executions.Single().JobId.ShouldBe(job.Id);
    }

    [Theory, OnEachBackend]
    public async Task A_dead_worker_that_cannot_be_buried_lines_up_behind_the_others(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        await world.Queue().EnqueueAsync(JobCall.To("a"));
        await RegisterAsync(world, "dead");
        (await TakeAsync(world, "dead")).Executions.Count.ShouldBe(1);
        await db.SortedSetAddAsync(world.Rq.Keys.Leases, [new SortedSetEntry("x", 1), new SortedSetEntry("y", 2)]);

        (await WorkerRecord.UnregisterAsync(world.Rq, "x", s_queues, incarnation: null)).ShouldBeFalse();

        (await RenewAsync(world, "nobody")).Expired.ShouldBe(["y", "x"]);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_whose_name_has_passed_to_another_takes_nothing_and_ends(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        var worker = new RunningWorker(new Worker(s_queues, world.Rq, new WorkerOptions { Name = "x", Functions = world.Functions }));
        await Leases.IsRenewedAsync(world.Rq, "x");

        await db.HashSetAsync(world.Rq.Keys.LeaseOwners, "x", """another ["default"]""");
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        await Should.ThrowAsync<WorkerNameTakenException>(() => worker.Completion.WaitAsync(Eventually.Limit));
        (await db.SortedSetScoreAsync(world.Rq.Keys.Leases, "x")).ShouldNotBeNull();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().CountAsync()).ShouldBe(1);
        await db.SortedSetAddAsync(world.Rq.Keys.Leases, "x", 1);
        world.StartWorker(configure: options => options.Name = "x");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task Two_workers_of_one_name_run_no_job_twice(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Worker NewWorker() => new(s_queues, world.Rq, new WorkerOptions { Name = "x", Functions = world.Functions });
        RunningWorker first = new(NewWorker());
        await Leases.IsRenewedAsync(world.Rq, "x");

        // As if the first had been frozen and buried: the name is free until one of the two registers.
        await world.Rq.Database.ScriptEvaluateAsync(
            "redis.call('DEL', KEYS[1]) redis.call('ZREM', KEYS[2], 'x') redis.call('HDEL', KEYS[3], 'x')",
            [world.Rq.Keys.Worker("x"), world.Rq.Keys.Leases, world.Rq.Keys.LeaseOwners]);
        RunningWorker second = new(NewWorker());
        string run = Guid.NewGuid().ToString("N");
        string[] keys = [.. Enumerable.Range(0, 20).Select(i => run + i)];
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(keys.Select(key => JobCall.To("RQ.TestSupport.TestJobs.CountRun", key)));

        Task<long> refused = await Task.WhenAny(first.Completion, second.Completion).WaitAsync(Eventually.Limit);
        await Should.ThrowAsync<WorkerNameTakenException>(() => refused);
        foreach (Job job in jobs)
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "all jobs finish");
        await (refused == first.Completion ? second : first).StopAsync();
        keys.ShouldAllBe(key => TestJobs.Runs(key) == 1);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_that_was_away_for_long_keeps_its_own_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        RunningWorker worker = world.StartWorker(configure: options => options.Name = "me");
        await TestJobs.Gate(gate).HasEnteredAsync();

        // What a long outage leaves: the record has expired, the lease has run out, nobody has buried the worker.
        await world.Rq.Database.ScriptEvaluateAsync(
            "redis.call('DEL', KEYS[1]) redis.call('ZADD', KEYS[2], 1, 'me')", [world.Rq.Keys.Worker("me"), world.Rq.Keys.Leases]);
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("registered again")), "the worker registers again");
        await Leases.IsRenewedAsync(world.Rq, worker.Name);

        await job.RefreshAsync();
        job.Status.ShouldBe(JobStatus.Started);
        job.Attempts.ShouldBe(0);
        (await world.Queue().CountAsync()).ShouldBe(0);
        TestJobs.Gate(gate).Open();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Message.Contains("found dead") || record.Message.Contains("went on without"));
    }

    [Fact]
    public async Task Nobody_is_taken_for_dead_when_the_servers_clock_is_set_forward()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        long ahead = 0;
        world.Rq.ScriptClock = () => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / 10 + Volatile.Read(ref ahead);
        var jobs = new List<(string Gate, Job<string> Job, RunningWorker Worker)>();
        foreach (string queue in new[] { "a", "b" })
        {
            string gate = Guid.NewGuid().ToString();
            Job<string> job = await world.Queue(queue).EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
            jobs.Add((gate, job, world.StartWorker([queue])));
            await TestJobs.Gate(gate).HasEnteredAsync();
        }

        // A worker judges nobody in its first eight seconds; it renews its lease every two.
        await Leases.IsRenewedAsync(world.Rq, jobs[1].Worker.Name, times: 6);
        Interlocked.Add(ref ahead, 20_000_000);
        foreach ((_, _, RunningWorker worker) in jobs)
            await Leases.IsRenewedAsync(world.Rq, worker.Name, times: 2);

        foreach ((string gate, Job<string> job, _) in jobs)
        {
            TestJobs.Gate(gate).Open();
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
            job.Attempts.ShouldBe(0);
        }

        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Message.Contains("found dead"));
    }

    [Theory, OnEachBackend]
    public async Task A_dead_worker_is_found_when_the_servers_clock_was_set_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        TimeSpan late = WorkerRecord.LeaseTime + TimeSpan.FromSeconds(1);
        world.Rq.ScriptClock = () => now.ToUnixTimeMilliseconds() * 1000;
        foreach (Func<Task> look in new Func<Task>[] { () => RenewAsync(world, "nobody"), async () => (await RegisterAsync(world, "new")).ShouldBe(WorkerRecord.Birth.Taken) })
        {
            (await RegisterAsync(world, "dead")).ShouldBe(WorkerRecord.Birth.Ok);
            now -= TimeSpan.FromHours(1);

            await look();

            (await WorkerRecord.LeaseAsync(world.Rq, "x")).ShouldBe((now + WorkerRecord.LeaseTime).ToUnixTimeMilliseconds());
            now += late;
            (await RenewAsync(world, "nobody")).Expired.ShouldBe(["x"]);
            (await WorkerRecord.UnregisterAsync(world.Rq, "x", s_queues, incarnation: null)).ShouldBeTrue();
        }
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_cannot_be_recovered_holds_up_no_other(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        var policy = new JobOptions { Retry = new Retry(1), OnAbandoned = AbandonedJob.Fail };
        Job broken = await world.Queue().EnqueueAsync(JobCall.To("a"), policy);
        Job odd = await world.Queue().EnqueueAsync(JobCall.To("a"), policy);
        await db.HashSetAsync(world.Rq.Keys.Job(odd.Id), "retry_intervals", "[99999999999999]");
        Job good = await world.Queue().EnqueueAsync(JobCall.To("a"));
        await (await TransitionClient.RegisterAsync(world)).TakeAsync(slots: 3, ExecutionIds.New(3));
        Job other = await world.Queue().EnqueueAsync(JobCall.To("a"));
        await (await TransitionClient.RegisterAsync(world)).TakeAsync(slots: 1, ExecutionIds.New(1));
        await db.KeyDeleteAsync(world.Rq.Keys.Job(broken.Id));
        await db.StringSetAsync(world.Rq.Keys.Job(broken.Id), "not a hash");
        double score = 1;
        foreach (RedisValue dead in await db.SortedSetRangeByRankAsync(world.Rq.Keys.Leases))
            await db.SortedSetAddAsync(world.Rq.Keys.Leases, dead, score++);

        world.StartWorker(["elsewhere"]);

        foreach (Job job in new[] { good, other })
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is recovered");
        await Eventually.BecomesAsync(async () => await odd.GetStatusAsync() == JobStatus.Scheduled, "the job with the odd interval is recovered");
        (await world.Queue().GetJobIdsAsync()).ShouldBe([good.Id, other.Id], ignoreOrder: true);
    }

    private static Task<WorkerRecord.Birth> RegisterAsync(TestWorld world, string incarnation) =>
        WorkerRecord.RegisterAsync(world.Rq, "x", incarnation, s_queues, ["birth", incarnation]);

    private static async Task<WorkerRecord.Renewal> RenewAsync(TestWorld world, string incarnation) =>
        WorkerRecord.ReadRenewal(await world.Rq.ExecuteAsync(WorkerRecord.RenewCall(world.Rq, "x", incarnation)));

    private static async Task<Take.Answer> TakeAsync(TestWorld world, string incarnation) =>
        Take.Read(
            world.Rq, "x", s_queues, await world.Rq.ExecuteAsync(Take.Call(world.Rq, "x", incarnation, TakeOrder.Strict(s_queues), 1, ExecutionIds.New(1))));
}
