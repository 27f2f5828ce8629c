using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>What a job says of itself.</summary>
public class JobStateTests
{
    [Fact]
    public void JOB_1_a_job_that_is_on_no_server()
    {
        Job job = Job.Create(JobCall.To("pkg.f", 1), new JobOptions { Id = "x", Timeout = TimeSpan.FromSeconds(7), Meta = new Dictionary<string, object?> { ["a"] = 1 } }, "low");

        (job.Id, job.Origin, job.Status, job.Description).ShouldBe(("x", "low", JobStatus.Created, "pkg.f(1)"));
        (job.Timeout, job.GetMeta<int>("a")).ShouldBe((TimeSpan.FromSeconds(7), 1));
        Should.Throw<InvalidOperationException>(() => job.Connection).Message.ShouldContain("Job.Create");
        Should.Throw<ArgumentException>(() => Job.Create(JobCall.To("f"), new JobOptions { Id = "a b" }));
    }

    [Theory, OnEachBackend]
    public async Task JOB_3_existence(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("f"));

        (await Job.ExistsAsync(job.Id, world.Rq)).ShouldBeTrue();
        (await Job.ExistsAsync("none", world.Rq)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task JOB_2_many_are_fetched_at_once_with_gaps(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("f"), 1200));

        IReadOnlyList<Job?> fetched = await Job.FetchManyAsync([.. jobs.Select(job => job.Id), "none"], world.Rq);

        fetched.Count.ShouldBe(1201);
        fetched.Take(1200).ShouldBe(jobs);
        fetched[1200].ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task JOB_6_and_JOB_20_status_and_heartbeat_follow_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        job.Status.ShouldBe(JobStatus.Queued);
        job.LastHeartbeat.ShouldBeNull();

        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        DateTimeOffset first = job.LastHeartbeat!.Value;
        await Eventually.BecomesAsync(async () =>
        {
            await job.RefreshAsync();
            return job.LastHeartbeat > first;
        }, "the worker's heartbeat reaches the job");
        (await job.GetExecutionsAsync()).Single().JobId.ShouldBe(job.Id);

        TestJobs.Gate(gate).Open();
        await job.WaitForResultAsync(Eventually.Limit);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task JOB_8_results_by_type_and_in_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = new Repeat(2) });
        (await job.GetLatestResultAsync()).ShouldBeNull();

        await world.RunBurstAsync();

        (await job.GetLatestResultAsync())!.Value.ShouldBe(3);
        if (backend == Backend.Redis)
            (await job.GetResultsAsync()).Select(result => result.GetReturnValue<int>()).ShouldBe([3, 2, 1]);
    }

    [Theory, OnEachBackend]
    public async Task EXC_1_each_queue_has_its_failed_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job a = await world.Queue("a").EnqueueAsync(() => TestJobs.Fail("no")), b = await world.Queue("b").EnqueueAsync(() => TestJobs.Fail("no"));

        await world.RunBurstAsync(["a", "b"]);

        (await world.Queue("a").Failed.GetJobIdsAsync()).ShouldBe([a.Id]);
        (await world.Queue("b").Failed.GetJobIdsAsync()).ShouldBe([b.Id]);
    }

    [Theory, OnEachBackend]
    public async Task EXC_2_the_failed_queue_of_the_oldest_versions_is_an_ordinary_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue("work").EnqueueAsync(() => TestJobs.Add(1, 2));
        // As RQ before 1.0 left a failed job.
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Queue("work"));
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("failed"), job.Id);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "status", "failed");

        Job old = (await world.Queue("failed").GetJobsAsync()).Single();
        await world.Queue(old.Origin).EnqueueAsync(old);
        await world.RunBurstAsync(["work"]);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Fact]
    public void EXC_8_errors_are_one_family()
    {
        foreach (Type type in new[]
        {
            typeof(JobNotFoundException), typeof(InvalidJobOperationException), typeof(DuplicateJobException), typeof(GroupNotFoundException),
            typeof(AbandonedJobException), typeof(JobTimeoutException), typeof(DependencyCycleException), typeof(JobIsRunningException), typeof(JobFailedException),
        })
            type.IsSubclassOf(typeof(RqException)).ShouldBeTrue(type.Name);

        // What the caller passes can be wrong in itself: that is an argument's fault, as everywhere in .NET.
        typeof(JobTooLargeException).IsSubclassOf(typeof(ArgumentException)).ShouldBeTrue();
    }

    [Theory, OnEachBackend]
    public async Task QUE_14_no_id_lies_in_a_list_without_an_owner(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        world.StartWorker();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();

        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Queue("default") + ":intermediate")).ShouldBeFalse();

        TestJobs.Gate(gate).Open();
        await job.WaitForResultAsync(Eventually.Limit);
    }

    [Theory, OnEachBackend]
    public async Task QUE_17_registries_are_cleaned_under_the_lock_of_RQ(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string locked = world.Rq.Keys.CleanRegistries("default"), expired = world.Rq.Keys.Finished("default");
        await world.Rq.Database.StringSetAsync(locked, "1", TimeSpan.FromMinutes(10));
        await world.Rq.Database.SortedSetAddAsync(expired, "old", 1);
        RunningWorker worker = world.StartWorker(configure: options => options.MaintenanceInterval = TimeSpan.FromSeconds(1));
        await (await world.Queue().EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await Transitions.Leases.IsRenewedAsync(world.Rq, worker.Name, 2);
        (await world.Rq.Database.SortedSetScoreAsync(expired, "old")).ShouldNotBeNull("Python holds the lock");

        await world.Rq.Database.KeyDeleteAsync(locked);

        await Eventually.BecomesAsync(async () => await world.Rq.Database.SortedSetScoreAsync(expired, "old") is null, "it is cleaned");
        await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync(locked), "the lock is given back");
    }

    [Theory, OnEachBackend]
    public async Task TST_2_a_burst_worker_in_the_process_runs_what_there_is(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2));

        (await new Worker(["default"], world.Rq, new WorkerOptions { Burst = true, Functions = world.Functions }).RunAsync().WaitAsync(Eventually.Limit)).ShouldBe(1);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
    }
}
