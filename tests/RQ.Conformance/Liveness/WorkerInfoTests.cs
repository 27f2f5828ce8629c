using System.Net;
using System.Runtime.InteropServices;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>What workers say about themselves, and who reads it.</summary>
public class WorkerInfoTests
{
    [Theory, OnEachBackend]
    public async Task WRK_13_WRK_14_WRK_15_MON_3_a_worker_is_shown_idle_busy_suspended_and_dead(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(["high", "low"], options => options.Concurrency = 3);
        WorkerInfo idle = await Eventually.GivesAsync(() => Worker.FindAsync(world.Rq, worker.Name), "it is registered");
        idle.Queues.ShouldBe(["high", "low"]);
        (idle.State, idle.IsBusy, idle.CurrentJobId, idle.Death).ShouldBe(("idle", false, null, null));
        (idle.HostName, idle.ProcessId, idle.Runtime).ShouldBe((Dns.GetHostName(), Environment.ProcessId, RuntimeInformation.FrameworkDescription));
        idle.Version.ShouldNotBeNullOrEmpty();
        idle.IpAddress.ShouldNotBeNull().ShouldContain(":");
        (DateTimeOffset.UtcNow - idle.Birth!.Value).TotalMinutes.ShouldBeInRange(-1, 5);
        idle.LastHeartbeat.ShouldNotBeNull();

        string[] gates = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];
        Job<string>[] jobs = new Job<string>[2];
        for (int i = 0; i < 2; i++)
        {
            string gate = gates[i];
            jobs[i] = await world.Queue("low").EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
            await TestJobs.Gate(gate).HasEnteredAsync();
        }

        WorkerInfo busy = (await Worker.AllAsync(world.Rq)).Single();
        (busy.State, busy.IsBusy, busy.CurrentJobId).ShouldBe(("busy", true, jobs[0].Id));
        busy.CurrentExecutions.Select(execution => execution.JobId).ShouldBe(jobs.Select(job => job.Id), ignoreOrder: true);
        busy.CurrentExecutions.ShouldAllBe(execution => execution.ExecutionId.Length == 32);

        TestJobs.Gate(gates[0]).Open();
        await jobs[0].WaitForResultAsync(Eventually.Limit);
        await Should.ThrowAsync<JobFailedException>(async () => await (await world.Queue("high").EnqueueAsync(() => TestJobs.Fail("no"))).WaitForResultAsync(Eventually.Limit));
        await Eventually.BecomesAsync(async () => (await Worker.FindAsync(world.Rq, worker.Name))!.FailedJobCount == 1, "the failure is counted");
        WorkerInfo one = (await Worker.AllAsync(world.Queue("low"))).Single();
        (one.SuccessfulJobCount, one.CurrentJobId, one.State).ShouldBe((1, jobs[1].Id, "busy"));
        one.TotalWorkingTime.ShouldBeGreaterThan(TimeSpan.Zero);

        TestJobs.Gate(gates[1]).Open();
        await jobs[1].WaitForResultAsync(Eventually.Limit);
        await Worker.SuspendAllAsync(world.Rq);
        await world.Queue("high").EnqueueAsync(() => TestJobs.Nothing());
        await Eventually.BecomesAsync(async () => (await Worker.FindAsync(world.Rq, worker.Name))!.State == "suspended", "it says that it is suspended");
        await worker.StopAsync();

        (await Worker.AllAsync(world.Rq)).ShouldBeEmpty();
        WorkerInfo dead = (await Worker.FindAsync(world.Rq, worker.Name)).ShouldNotBeNull();
        dead.Death.ShouldNotBeNull();
        (dead.CurrentJobId, dead.CurrentExecutions.Count, dead.SuccessfulJobCount).ShouldBe((null, 0, 2));
        (await Worker.FindAsync(world.Rq, "nobody")).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task WRK_14_MON_6_thousands_of_workers_are_read_in_a_few_calls_and_counted_in_one(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IBatch batch = world.Rq.Database.CreateBatch();
        var sent = new List<Task>();
        for (int i = 0; i < 2500; i++)
        {
            RedisKey record = world.Rq.Keys.Worker($"w{i:d4}");
            sent.Add(batch.HashSetAsync(record, [new("birth", "2026-11-25T10:00:00.000000Z"), new("queues", "a,b")]));
            sent.Add(batch.SetAddAsync(world.Rq.Keys.Workers, (string)record!));
            if (i < 10)
                sent.Add(batch.SetAddAsync(world.Rq.Keys.WorkersOf("a"), (string)record!));
        }

        batch.Execute();
        await Task.WhenAll(sent);

        // A connection that no other test uses.
        await using ConnectionMultiplexer own = await ConnectionMultiplexer.ConnectAsync(world.Rq.Multiplexer.Configuration);
        await using RqConnection reader = await RqConnection.ConnectAsync(own, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix });
        long before = own.OperationCount;
        IReadOnlyList<WorkerInfo> all = await Worker.AllAsync(reader);
        long calls = own.OperationCount - before;

        all.Select(worker => worker.Name).ShouldBe(Enumerable.Range(0, 2500).Select(i => $"w{i:d4}"));
        // The connection has some of its own.
        calls.ShouldBeLessThan(100);
        (await Worker.AllAsync(world.Queue("a"))).Count.ShouldBe(10);
        (await Worker.CountAsync(world.Rq), await Worker.CountAsync(world.Queue("a")), await Worker.CountAsync(world.Queue("b"))).ShouldBe((2500, 10, 0));
    }

    [Fact]
    public async Task WRK_16_the_current_jobs_of_python_workers_of_all_versions_are_read()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        IDatabase db = world.Rq.Database;
        Job job = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.wait_for", "gate"));
        using PythonWorker worker = python.StartWorker("--name", "old", "default");
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Started, "Python runs it");
        // After 2.10 only the set of executions says what a worker runs.
        await db.HashSetAsync(world.Rq.Keys.Worker("new"), [new("birth", "2026-11-25T10:00:00.000000Z"), new("queues", "q"), new("total_working_time", "odd"), new("pid", "-3")]);
        await db.SetAddAsync(world.Rq.Keys.WorkerExecutions("new"), "job:0123");
        await db.SetAddAsync(world.Rq.Keys.Workers, world.Rq.Keys.Worker("new"));
        await db.HashSetAsync(world.Rq.Keys.Worker("bare"), "queues", "q");
        await db.SetAddAsync(world.Rq.Keys.Workers, [world.Rq.Keys.Worker("bare"), world.Rq.Keys.Worker("expired")]);

        Dictionary<string, WorkerInfo> all = (await Worker.AllAsync(world.Rq)).ToDictionary(each => each.Name);

        all.Keys.Order().ShouldBe(["bare", "new", "old"]);
        (all["old"].CurrentJobId, all["old"].State, all["old"].Version).ShouldBe((job.Id, "busy", "1.13.0"));
        all["old"].Runtime.ShouldNotBeNull().ShouldStartWith("3.");
        all["old"].ProcessId.ShouldNotBeNull();
        (all["new"].CurrentJobId, all["new"].TotalWorkingTime, all["new"].ProcessId).ShouldBe(("job", TimeSpan.Zero, null));
        all["new"].CurrentExecutions.ShouldBe([new WorkerExecution("job", "0123")]);
        (all["bare"].State, all["bare"].Birth).ShouldBe(("?", null));
        await db.StringSetAsync("gate", "1");
    }

    [Fact]
    public async Task MON_2_python_reads_of_our_worker_what_its_tools_show()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        RunningWorker worker = world.StartWorker(configure: options => (options.Name, options.Concurrency) = ("w", 2));
        string gate = Guid.NewGuid().ToString();
        await (await world.Queue().EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Eventually.BecomesAsync(async () => (await Worker.FindAsync(world.Rq, "w"))!.CurrentExecutions.Count == 2, "both run");

        const string Script = """
            w, = Worker.all(connection=redis)
            assert [x.name for x in Worker.all(queue=queue())] == ['w'] and Worker.count(connection=redis) == 1 == Worker.count(queue=queue())
            assert w.birth_date and w.last_heartbeat and w.pid and w.hostname and w.ip_address and w.version and w.python_version
            print(w.name, w.queue_names(), w.get_state(), w.get_current_job_id(), w.successful_job_count, w.failed_job_count, w.total_working_time > 0)
            """;
        (await python.RunAsync(Script)).Trim().ShouldBe($"w ['default'] busy {job.Id} 1 0 True");

        TestJobs.Gate(gate).Open();
        await Eventually.BecomesAsync(async () => (await Worker.FindAsync(world.Rq, "w"))!.State == "idle", "it is idle");
        (await python.RunAsync(Script)).Trim().ShouldBe("w ['default'] idle None 3 0 True");
        await worker.StopAsync();
        (await python.RunAsync("print(Worker.all(connection=redis), Worker.find_by_key('rq:worker:w', connection=redis).death_date is not None)")).Trim().ShouldBe("[] True");
    }

    [Theory, OnEachBackend]
    public async Task WRK_9_a_busy_worker_says_that_it_was_told_to_stop(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string gate = Guid.NewGuid().ToString();
        await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();

        Task<long> stopping = worker.StopAsync();

        await Eventually.BecomesAsync(async () => (await Worker.FindAsync(world.Rq, worker.Name))!.ShutdownRequestedAt is not null, "its record says so");
        TestJobs.Gate(gate).Open();
        await stopping;
    }
}
