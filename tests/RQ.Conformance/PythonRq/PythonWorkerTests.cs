using System.Numerics;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>We enqueue, an unconfigured worker of Python RQ runs, we read what came of it.</summary>
public class PythonWorkerTests
{
    [Fact]
    public async Task Python_sees_the_call_as_it_was_written()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        object?[] arguments =
        [
            null, true, -7, 1L << 40, BigInteger.Pow(2, 100), 0.5, "café ☃", new byte[] { 0, 255 }, new[] { 1, 2 },
            new Dictionary<string, object?> { ["k"] = new List<object?> { 1.5, null, new Dictionary<string, int> { ["n"] = 1 } } },
        ];

        Job job = await world.Queue("high").EnqueueAsync(
            JobCall.To("python_tasks.describe", arguments, new Dictionary<string, object?> { ["name"] = "Zoë" }),
            new JobOptions { Timeout = TimeSpan.FromMinutes(2), Meta = new Dictionary<string, object?> { ["tags"] = new[] { "a", "b" }, ["n"] = 1 } });
        await python.WorkAsync("high");

        JobResult? result = await (await Job.FetchAsync(job.Id, world.Rq)).GetLatestResultAsync();
        Dictionary<string, object?>? seen = result.ShouldNotBeNull().GetReturnValue<Dictionary<string, object?>>();
        seen.ShouldNotBeNull()["call"].ShouldBe(
            @"((None, True, -7, 1099511627776, 1267650600228229401496703205376, 0.5, 'café ☃', b'\x00\xff', [1, 2], {'k': [1.5, None, {'n': 1}]}), {'name': 'Zoë'})");
        seen["meta"].ShouldBe("{'tags': ['a', 'b'], 'n': 1}");
        seen["timeout"].ShouldBe(120);
        seen["origin"].ShouldBe("high");
    }

    [Fact]
    public async Task A_job_that_python_finished_is_read()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        using PythonWorker worker = python.StartWorker("default", "--name", "python-worker");

        Job job = await world.Queue().EnqueueAsync(
            JobCall.To("python_tasks.note_progress", 75), new JobOptions { Meta = new Dictionary<string, object?> { ["progress"] = 0 } });

        JobResult result = await job.WaitForResultAsync(Eventually.Limit);
        result.IsSuccessful.ShouldBeTrue();
        result.ReturnValue.ShouldBe(job.Id);
        Job ended = await Job.FetchAsync(job.Id, world.Rq);
        ended.Status.ShouldBe(JobStatus.Finished);
        ended.WorkerName.ShouldBe("python-worker");
        ended.Meta["progress"].ShouldBe(75);
        DateTimeOffset[] times = [ended.CreatedAt!.Value, ended.EnqueuedAt!.Value, ended.StartedAt!.Value, ended.EndedAt!.Value, DateTimeOffset.UtcNow];
        times.ShouldBe(times.Order());
        (DateTimeOffset.UtcNow - times[0]).ShouldBeLessThan(Eventually.Limit * 2);
    }

    [Fact]
    public async Task A_job_that_python_failed_throws_with_pythons_traceback()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.fail", "bad thing: café"));
        Job unknown = await world.Queue().EnqueueAsync(JobCall.To("no_such_module.no_such_function"));
        await python.WorkAsync("default");

        JobFailedException failure = await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        failure.Status.ShouldBe(JobStatus.Failed);
        failure.ExceptionText.ShouldNotBeNull().ShouldStartWith("Traceback (most recent call last)");
        failure.ExceptionText.ShouldContain("raise ValueError(message)");
        failure.Message.ShouldContain("ValueError: bad thing: café");
        (await unknown.GetLatestResultAsync()).ShouldNotBeNull().ExceptionText.ShouldNotBeNull().ShouldContain("Invalid attribute name: no_such_module.no_such_function");
    }

    [Fact]
    public async Task Python_retries_at_once_as_often_as_we_said()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job fails = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.fail_times", 5), new JobOptions { Retry = new Retry(2) });
        Job recovers = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.fail_times", 2), new JobOptions { Retry = new Retry(2) });
        await python.WorkAsync("default");

        (await Should.ThrowAsync<JobFailedException>(() => fails.WaitForResultAsync(Eventually.Limit))).Message.ShouldContain("call 3");
        fails.RetriesLeft.ShouldBe(0);
        (await recovers.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(3);
    }

    [Fact]
    public async Task Python_schedules_retries_in_the_order_we_wrote_them()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue().EnqueueAsync(
            JobCall.To("python_tasks.fail", "no"), new JobOptions { Retry = new Retry(3, TimeSpan.FromMinutes(10), TimeSpan.FromHours(5)) });
        await python.WorkAsync("default");

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        job.RetriesLeft.ShouldBe(2);
        double due = (await world.Rq.Database.SortedSetScoreAsync("rq:scheduled:default", job.Id)).ShouldNotBeNull();
        (DateTimeOffset.FromUnixTimeSeconds((long)due) - DateTimeOffset.UtcNow).ShouldBeInRange(TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
    }

    [Fact]
    public async Task Our_job_runs_after_the_job_in_python_that_it_depends_on()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job parent = await world.Queue("python").EnqueueAsync(JobCall.To("python_tasks.add", 1, 2));
        Job<int> child = await world.Queue("net").EnqueueAsync(() => TestJobs.Add(3, 4), new JobOptions { DependsOn = [parent] });
        child.Status.ShouldBe(JobStatus.Deferred);
        (await world.RunBurstAsync(["net"])).ShouldBe(0);

        await python.WorkAsync("python");

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.RunBurstAsync(["net"])).ShouldBe(1);
        (await child.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
    }

    [Fact]
    public async Task Our_job_that_allows_it_runs_after_a_failure_in_python()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job parent = await world.Queue("python").EnqueueAsync(JobCall.To("python_tasks.fail", "no"));
        Job allowing = await world.Queue("net").EnqueueAsync(
            () => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        Job strict = await world.Queue("net").EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });

        await python.WorkAsync("python");

        (await allowing.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await strict.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
    }

    [Fact]
    public async Task A_python_job_runs_after_the_job_here_that_it_depends_on()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue("net").EnqueueAsync(() => TestJobs.Add(3, 4), new JobOptions { Id = "parent" });
        await world.Queue("net").EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "failing" });
        await python.RunAsync("""
            q = queue('python')
            q.enqueue('python_tasks.add', 1, 2, job_id='child', depends_on='parent')
            q.enqueue('python_tasks.add', 1, 2, job_id='allowing', depends_on=Dependency(['parent', 'failing'], allow_failure=True))
            q.enqueue('python_tasks.add', 1, 2, job_id='strict', depends_on=['parent', 'failing'])
            assert DeferredJobRegistry(queue=q).count == 3
            """);

        await world.RunBurstAsync(["net"]);
        await python.WorkAsync("python");

        await python.RunAsync("""
            assert fetch('child').return_value() == 3
            assert fetch('allowing').return_value() == 3
            assert fetch('strict').get_status() == 'deferred'
            assert DeferredJobRegistry(queue=queue('python')).get_job_ids() == ['strict']
            """);
    }
}
