using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Golden;

/// <summary>What can be done with jobs and workers that RQ 2.10 left in Redis. Reading of all snapshots: <see cref="GoldenSnapshotTests"/>.</summary>
public class GoldenReaderTests
{
    [Theory]
    [InlineData("enqueue_simple_pickle", "76d3dbae-88dd-41d1-80d3-2911a313369a")]
    [InlineData("enqueue_simple_json", "json-1")]
    public async Task A_queued_job_says_what_it_calls(string scenario, string id)
    {
        await using TestWorld world = await HoldingAsync(scenario, "after enqueue");
        Job job = await Job.FetchAsync(id, world.Rq);

        job.Function.ShouldBe("fixture_tasks.add");
        job.Arguments.Select(Convert.ToInt32).ShouldBe([1, 2]);
        job.KeywordArguments.ShouldBeEmpty();
        job.Meta.ShouldBeEmpty();
        (await job.GetLatestResultAsync()).ShouldBeNull();
        (await world.Queue().GetJobIdsAsync()).ShouldBe([id]);
        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["default"]);
    }

    [Theory]
    [InlineData("enqueue_simple_pickle", "76d3dbae-88dd-41d1-80d3-2911a313369a")]
    [InlineData("enqueue_simple_json", "json-1")]
    public async Task A_queued_job_is_run(string scenario, string id)
    {
        await using TestWorld world = await HoldingAsync(scenario, "after enqueue");
        world.Functions.Add("fixture_tasks.add", TestJobs.Add);
        await world.RunBurstAsync();

        (await (await Job.FetchAsync(id, world.Rq)).WaitForResultAsync(Eventually.Limit)).GetReturnValue<int>().ShouldBe(3);
    }

    [Theory]
    [InlineData("running_then_finished", "run-1")]
    [InlineData("running_two_queues", "run-2")]
    public async Task A_running_job_has_no_result_yet(string scenario, string id)
    {
        await using TestWorld world = await HoldingAsync(scenario, "while the job runs");
        Job job = await Job.FetchAsync(id, world.Rq);

        job.Status.ShouldBe(JobStatus.Started);
        (await job.GetLatestResultAsync()).ShouldBeNull();
        await Should.ThrowAsync<TimeoutException>(() => job.WaitForResultAsync(TimeSpan.Zero));
        await Should.ThrowAsync<JobIsRunningException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = id }));
        (await world.Queue(job.Origin).GetJobIdsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("job finished, worker idle")]
    [InlineData("after the worker left (warm shutdown)")]
    public async Task A_finished_job_has_its_result(string when)
    {
        await using TestWorld world = await HoldingAsync("running_then_finished", when);
        Job job = await Job.FetchAsync("run-1", world.Rq);
        JobResult result = (await job.GetResultsAsync()).ShouldHaveSingleItem();

        result.IsSuccessful.ShouldBeTrue();
        result.ReturnValue.ShouldBe("done");
        result.WorkerName.ShouldBe("fixture-worker");
        result.ExecutionId.ShouldBe("69f4b11eb2fa4057ae742bb7f08582c8");
        result.CreatedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795602890877));
        result.ExecutionStartedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795602890727).AddMicroseconds(477));
        result.ExecutionEndedAt.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1795602890869).AddMicroseconds(100));
        (await job.WaitForResultAsync(TimeSpan.Zero)).ReturnValue.ShouldBe("done");
    }

    [Theory]
    [InlineData("r-num", "3")]
    [InlineData("r-none", "None")]
    [InlineData("r-complex", "{'list': [1, 2.5, None, True], 'text': 'héllo', 'bytes': b'00ff', 'tuple': (1, 2)}")]
    [InlineData("r-unser", "'Unserializable return value'")]
    [InlineData("r-ttl-1", "3")]
    [InlineData("r-ttl60", "3")]
    public async Task Results_of_all_kinds_are_read(string id, string value)
    {
        await using TestWorld world = await HoldingAsync("finished_results", "after burst");
        JobResult? result = await (await Job.FetchAsync(id, world.Rq)).GetLatestResultAsync();

        result.ShouldNotBeNull().IsSuccessful.ShouldBeTrue();
        ShownValue.Of(result.ReturnValue).ShouldBe(value);
    }

    [Fact]
    public async Task Times_to_live_of_jobs_are_read()
    {
        await using TestWorld world = await HoldingAsync("finished_results", "after burst");
        (await Job.FetchAsync("r-num", world.Rq)).ResultTtl.ShouldBeNull();
        (await Job.FetchAsync("r-ttl60", world.Rq)).ResultTtl.ShouldBe(TimeSpan.FromSeconds(60));
        (await Job.FetchAsync("r-ttl-1", world.Rq)).ResultTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        await Should.ThrowAsync<JobNotFoundException>(() => Job.FetchAsync("r-ttl0", world.Rq));

        await using TestWorld failed = await HoldingAsync("failed", "after burst");
        (await Job.FetchAsync("f-1", failed.Rq)).FailureTtl.ShouldBeNull();
        (await Job.FetchAsync("f-ttl120", failed.Rq)).FailureTtl.ShouldBe(TimeSpan.FromSeconds(120));
        (await Job.FetchAsync("f-ttl-1", failed.Rq)).FailureTtl.ShouldBe(Timeout.InfiniteTimeSpan);
        await Should.ThrowAsync<JobNotFoundException>(() => Job.FetchAsync("f-ttl0", failed.Rq));
    }

    [Fact]
    public async Task A_json_job_is_read_without_being_told()
    {
        await using TestWorld world = await HoldingAsync("finished_json", "after burst");
        Job job = await Job.FetchAsync("fj-1", world.Rq);

        job.Function.ShouldBe("fixture_tasks.greet");
        job.Arguments.ShouldBe(["you"]);
        job.KeywordArguments.ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create("greeting", (object?)"Hey"));
        ShownValue.Of(job.Meta["k"]).ShouldBe("['v', 1]");
        (await job.GetLatestResultAsync()).ShouldNotBeNull().ReturnValue.ShouldBe("Hey, you!");
    }

    [Theory]
    [InlineData("f-1", "ValueError: bad thing")]
    [InlineData("f-2", "RuntimeError: café ☃")]
    [InlineData("f-ttl120", "ValueError: boom")]
    [InlineData("f-ttl-1", "ValueError: boom")]
    [InlineData("f-import", "ValueError: Invalid attribute name: no_such_module.no_such_function")]
    [InlineData("f-baddata", "DeserializationError")]
    public async Task Failures_are_read(string id, string reason)
    {
        await using TestWorld world = await HoldingAsync("failed", "after burst");
        Job job = await Job.FetchAsync(id, world.Rq);

        JobFailedException failure = await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(TimeSpan.Zero));
        failure.Status.ShouldBe(JobStatus.Failed);
        failure.Message.ShouldContain(reason);
        failure.ExceptionText.ShouldNotBeNull().ShouldStartWith("Traceback (most recent call last):");
        JobResult result = (await job.GetResultsAsync()).ShouldHaveSingleItem();
        result.Type.ShouldBe(JobResultType.Failed);
        result.ReturnValue.ShouldBeNull();
    }

    [Fact]
    public async Task Damaged_data_spoils_nothing_but_the_call()
    {
        await using TestWorld world = await HoldingAsync("failed", "after burst");
        Job job = await Job.FetchAsync("f-baddata", world.Rq);

        job.Description.ShouldBe("fixture_tasks.add(1, 2)");
        Should.Throw<RqException>(() => job.Function);
    }

    [Theory]
    [InlineData("worker_registration", "idle")]
    [InlineData("running_two_queues", "while the job runs")]
    public async Task The_name_of_a_living_python_worker_is_taken(string scenario, string when)
    {
        await using TestWorld world = await HoldingAsync(scenario, when);
        await Should.ThrowAsync<WorkerNameTakenException>(() => world.RunBurstAsync(configure: options => options.Name = GoldenRun.WorkerName));
    }

    [Fact]
    public async Task The_name_of_a_python_worker_that_left_is_free()
    {
        await using TestWorld world = await HoldingAsync("worker_registration", "dead");
        (await world.RunBurstAsync(configure: options => options.Name = GoldenRun.WorkerName)).ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_is_taken_while_pythons_flag_suspends_all_workers()
    {
        await using TestWorld world = await HoldingAsync("worker_registration", "suspended flag");
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        (await world.RunBurstAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    private static Task<TestWorld> HoldingAsync(string scenario, string when) => HoldingAsync(GoldenScenario.Load(scenario).Snapshot(when));

    private static async Task<TestWorld> HoldingAsync(RedisDump golden)
    {
        TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await golden.WriteAsync(world.Rq.Database);
        return world;
    }
}
