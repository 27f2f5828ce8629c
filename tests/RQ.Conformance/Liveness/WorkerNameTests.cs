using System.Globalization;
using System.Net;
using RQ.Conformance.Transitions;
using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Workers with a name of their own choosing: whose it is, and when it is free again.</summary>
public class WorkerNameTests
{
    [Theory, OnEachBackend]
    public async Task S103_WRK_3_a_half_written_record_is_nobodys(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        RedisKey record = world.Rq.Keys.Worker("w1");
        await db.HashSetAsync(record, "current_job_working_time", "12");
        await db.SetAddAsync(world.Rq.Keys.Workers, (string)record!);
        await db.SetAddAsync(world.Rq.Keys.WorkersOf("default"), (string)record!);

        (await Worker.AllAsync(world.Rq)).ShouldBeEmpty();
        (await Worker.FindAsync(world.Rq, "w1")).ShouldBeNull();
        (await db.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(1, "reading drops nothing");
        await Prune.WorkersAsync(world.Rq, world.Rq.Keys.Workers, CancellationToken.None);
        (await db.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0, "maintenance does");

        world.StartWorker(configure: options => options.Name = "w1");
        WorkerInfo worker = await Eventually.GivesAsync(() => Worker.FindAsync(world.Rq, "w1"), "it is registered");

        worker.Birth.ShouldNotBeNull();
        (await db.HashExistsAsync(record, "current_job_working_time")).ShouldBeFalse("the record is written anew");
        (await db.KeyTimeToLiveAsync(record)).ShouldNotBeNull();
    }

    [Theory, OnEachBackend]
    public async Task S104_WRK_3_a_name_whose_holder_lives_is_refused_and_the_message_says_who_has_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.StartWorker(configure: options => options.Name = "w");
        await Leases.IsRenewedAsync(world.Rq, "w");

        var error = await Should.ThrowAsync<WorkerNameTakenException>(() => world.RunBurstAsync(configure: options => options.Name = "w"));

        error.Name.ShouldBe("w");
        error.Message.ShouldContain($"PID {Environment.ProcessId} on host {Dns.GetHostName()}, last heartbeat {DateTimeOffset.UtcNow.Year}-");
        error.Holder.ShouldNotBeNull().ProcessId.ShouldBe(Environment.ProcessId);
        (await Worker.CountAsync(world.Rq)).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task S104_WRK_3_a_name_whose_holder_was_killed_is_waited_for_and_its_jobs_are_recovered(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        // Registered, and never heard of again.
        await WorkerRecord.RegisterAsync(world.Rq, "w", "dead", ["default"], ["birth", RqTime.Timestamp(DateTimeOffset.UtcNow)]);
        Take.Read(world.Rq, "w", ["default"], await world.Rq.ExecuteAsync(Take.Call(world.Rq, "w", "dead", TakeOrder.Strict(["default"]), 1, ExecutionIds.New(1)))).Executions.Count.ShouldBe(1);
        long began = await ServerMillisecondsAsync(world);

        RunningWorker NewHeir() => new(new Worker(["default"], world.Rq, new WorkerOptions { Name = "w", Functions = world.Functions }));
        RunningWorker[] heirs = [NewHeir(), NewHeir()];

        // Of two that wait for it one gets it.
        Task<long> refused = await Task.WhenAny(heirs.Select(heir => heir.Completion)).WaitAsync(Eventually.Limit);
        await Should.ThrowAsync<WorkerNameTakenException>(() => refused);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await ServerMillisecondsAsync(world) - began).ShouldBeLessThan(30_000, "eight seconds, and what a busy machine adds");
        await heirs.Single(each => each.Completion != refused).StopAsync();
    }

    [Theory, OnEachBackend]
    public async Task S104_WRK_3_a_name_whose_lease_has_just_run_out_is_watched_before_its_jobs_are_recovered(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));
        // The server has stalled for longer than a lease, and serves the heir first.
        await WorkerRecord.RegisterAsync(world.Rq, "w", "stalled", ["default"], ["birth", RqTime.Timestamp(DateTimeOffset.UtcNow)]);
        Take.Read(world.Rq, "w", ["default"], await world.Rq.ExecuteAsync(Take.Call(world.Rq, "w", "stalled", TakeOrder.Strict(["default"]), 1, ExecutionIds.New(1)))).Executions.Count.ShouldBe(1);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Leases, "w", 1);

        Task<long> heir = world.RunBurstAsync(configure: options => options.Name = "w");
        do
        {
            await Task.WhenAny(heir, Task.Delay(TimeSpan.FromSeconds(1)));
            WorkerRecord.ReadRenewal(await world.Rq.ExecuteAsync(WorkerRecord.RenewCall(world.Rq, "w", "stalled"))).IsHeld.ShouldBeTrue();
        }
        while (!heir.IsCompleted);

        await Should.ThrowAsync<WorkerNameTakenException>(() => heir);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
    }

    [Fact]
    public void WRK_3_the_name_of_callers_that_run_their_jobs_themselves_is_refused() =>
        Should.Throw<ArgumentException>(() => new WorkerOptions { Name = "sync" }.Freeze()).Message.ShouldContain("WorkerOptions.Name must not be 'sync'");

    [Theory, OnEachBackend]
    public async Task WRK_3_a_python_workers_name_is_taken_until_its_record_is_gone_or_says_that_it_died(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RedisKey record = world.Rq.Keys.Worker("py");
        await world.Rq.Database.HashSetAsync(record, [new("birth", "2026-11-25T10:00:00.000000Z"), new("queues", "default"), new("pid", "77"), new("hostname", "snake")]);

        (await Should.ThrowAsync<WorkerNameTakenException>(() => world.RunBurstAsync(configure: options => options.Name = "py")))
            .Message.ShouldContain("PID 77 on host snake, last heartbeat unknown");
        await world.Rq.Database.HashSetAsync(record, "death", "2026-11-25T10:00:05.000000Z");

        (await world.RunBurstAsync(configure: options => options.Name = "py")).ShouldBe(0);
        (await Worker.FindAsync(world.Rq, "py"))!.ProcessId.ShouldBe(Environment.ProcessId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e12)]
    public void S035_a_lifetime_that_cannot_be_is_refused_before_anything_is_written(double seconds)
    {
        TimeSpan time = seconds > 1e11 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);
        Should.Throw<ArgumentOutOfRangeException>(() => new WorkerOptions { WorkerTtl = time }.Freeze()).ParamName.ShouldBe("WorkerTtl");
        Should.Throw<ArgumentOutOfRangeException>(() => new WorkerOptions { MonitoringInterval = time }.Freeze()).ParamName.ShouldBe("MonitoringInterval");
        new WorkerOptions().WorkerTtl.TotalSeconds.ShouldBe(420);
    }

    private static async Task<long> ServerMillisecondsAsync(TestWorld world)
    {
        RedisResult[] time = (RedisResult[])(await world.Rq.Database.ExecuteAsync("TIME"))!;
        return long.Parse((string)time[0]!, CultureInfo.InvariantCulture) * 1000 + long.Parse((string)time[1]!, CultureInfo.InvariantCulture) / 1000;
    }
}
