using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>Callbacks that are enqueued with their job, as jobs that wait for its end.</summary>
public class EnqueuedCallbackTests
{
    [Theory, OnEachBackend]
    public async Task The_one_that_fits_the_end_is_called(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job succeeded = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), All());
        Job failed = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), All());
        await HasCallbacksAsync(world, succeeded, "success", "failure", "stopped");

        (await world.RunBurstAsync()).ShouldBe(4);

        TestJobs.Noted(succeeded.Id).ShouldBe(["success 3 Finished"]);
        TestJobs.Noted(failed.Id).ShouldBe(["failure Failed JobFailedException: System.InvalidOperationException: boom"]);
        await HasCallbacksAsync(world, succeeded);
        await HasCallbacksAsync(world, failed, "success", "stopped");
        (await world.Queue().IsEmptyAsync()).ShouldBeTrue();
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(succeeded.Id), JobFields.SuccessCallbackName)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task A_stopped_job_calls_its_own(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string key = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!), All());
        await CallbackJobs.ExecutionOfAsync(key);

        await Executions.Commands.StopJobAsync(world, worker.Name, job.Id);

        await Eventually.BecomesAsync(() => Task.FromResult(TestJobs.Noted(job.Id).Length > 0), "its callback has run");
        TestJobs.Noted(job.Id).ShouldBe(["stopped Stopped"]);
        await HasCallbacksAsync(world, job, "success", "failure");
    }

    [Theory, OnEachBackend]
    public async Task Retries_end_before_it_is_called(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), All() with { Retry = new Retry(2) });

        (await world.RunBurstAsync()).ShouldBe(4);

        TestJobs.Noted(job.Id).Length.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task It_goes_to_the_queue_that_was_named(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions
        {
            OnSuccess = Callback.To(AfterJobs.Succeeded, TimeSpan.FromSeconds(5)).AsJob("callbacks"), OnFailure = Callback.To(AfterJobs.OnItsQueue).AsJob(),
        });
        (await world.Queue("attributed").Deferred.GetJobIdsAsync()).ShouldHaveSingleItem().ShouldStartWith($"{job.Id}-on-failure-");

        (await world.RunBurstAsync()).ShouldBe(1);

        Job callback = (await world.Queue("callbacks").GetJobsAsync()).ShouldHaveSingleItem();
        callback.Id.ShouldMatch($"^{job.Id}-on-success-[0-9a-f]{{8}}$");
        callback.Timeout.ShouldBe(TimeSpan.FromSeconds(5));
        callback.ResultTtl.ShouldBe(TimeSpan.Zero);
        callback.Description.ShouldBe($"RQ.Conformance.Queues.AfterJobs.Succeeded, the success callback of job {job.Id}");
        (await world.Queue("attributed").Deferred.GetJobIdsAsync()).ShouldBeEmpty();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        job.ResultTtl.ShouldBe(TimeSpan.FromDays(1));
    }

    [Theory, OnEachBackend]
    public async Task Scheduled_dependent_and_many_jobs_have_them_too(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job later = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Add(1, 2), All());
        IReadOnlyList<Job> many = await world.Queue().EnqueueManyAsync(
            [JobRequest.For(() => TestJobs.Add(1, 1), All()), JobRequest.For(() => TestJobs.Add(2, 2)), JobRequest.For(() => TestJobs.Add(3, 3), All() with { DependsOn = [later], Id = "waits" })]);
        var batch = new JobBatch(world.Rq);
        JobReference inBatch = batch.Add(world.Queue("other"), () => TestJobs.Add(4, 4), All());
        JobReference plain = batch.Add(world.Queue("other"), () => TestJobs.Add(5, 5));
        IReadOnlyList<Job> batched = await batch.EnqueueAsync();

        later.Status.ShouldBe(JobStatus.Scheduled);
        many.Select(job => job.Status).ShouldBe([JobStatus.Queued, JobStatus.Queued, JobStatus.Deferred]);
        many[2].Id.ShouldBe("waits");
        batched.Select(job => (job.Id, job.Status)).ShouldBe([(inBatch.Id, JobStatus.Queued), (plain.Id, JobStatus.Queued)]);
        await later.RescheduleAsync(DateTimeOffset.UtcNow.AddSeconds(-1));
        await world.RunBurstAsync(["default", "other"], options => options.WithScheduler = true);
        await world.RunBurstAsync(["default", "other"]);

        TestJobs.Noted(later.Id).ShouldBe(["success 3 Finished"]);
        TestJobs.Noted(many[0].Id).ShouldBe(["success 2 Finished"]);
        TestJobs.Noted("waits").ShouldContain("success 6 Finished");
        TestJobs.Noted(inBatch.Id).ShouldBe(["success 8 Finished"]);
    }

    [Theory, OnEachBackend]
    public async Task A_great_many_are_enqueued_in_several_calls(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Range(0, 300).Select(number => JobRequest.For(() => TestJobs.Add(number, 0), All())));

        jobs.Select(job => (int)(long)job.Arguments[0]!).ShouldBe(Enumerable.Range(0, 300));
        (await world.Queue().CountAsync()).ShouldBe(300);
        (await world.Queue().Deferred.CountAsync()).ShouldBe(900);
    }

    [Theory, OnEachBackend]
    public async Task An_enqueue_that_is_refused_leaves_none(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "once" });

        await Should.ThrowAsync<DuplicateJobException>(() => world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), All() with { Id = "once", Unique = UniqueJob.WhileStored }));

        (await world.Queue("default").Deferred.GetJobIdsAsync()).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task A_canceled_or_deleted_job_calls_nothing_and_leaves_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job canceled = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), All());
        Job deleted = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), All());
        await canceled.CancelAsync();
        await deleted.DeleteAsync();

        (await world.RunBurstAsync()).ShouldBe(0);

        TestJobs.Noted(canceled.Id).Concat(TestJobs.Noted(deleted.Id)).ShouldBeEmpty();
        await HasCallbacksAsync(world, canceled);
        await HasCallbacksAsync(world, deleted);
    }

    [Theory, OnEachBackend]
    public async Task What_python_canceled_or_deleted_is_found_by_maintenance(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job canceled = await world.Queue("python").EnqueueAsync(() => TestJobs.Add(1, 2), All());
        Job deleted = await world.Queue("python").EnqueueAsync(() => TestJobs.Add(1, 2), All());
        Job waits = await world.Queue("python").EnqueueAsync(() => TestJobs.Add(1, 2), All());
        // As RQ 1.13 does it: nobody is told.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(canceled.Id), "status", "canceled");
        await world.Rq.Database.KeyDeleteAsync([world.Rq.Keys.Job(deleted.Id), world.Rq.Keys.Dependents(deleted.Id)]);

        await RQ.Redis.Transitions.Sweep.ExpireDeferredAsync(world.Rq, "python", CancellationToken.None);

        (await world.Queue("python").Deferred.GetJobIdsAsync()).Select(id => id[..^9]).ShouldBe(
            [$"{waits.Id}-on-failure", $"{waits.Id}-on-stopped", $"{waits.Id}-on-success"], ignoreOrder: true);
    }

    [Theory, OnEachBackend]
    public async Task Where_it_could_not_be_called_it_is_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        (await RefusedAsync(() => queue.EnqueueAsync(() => TestJobs.Nothing(), All() with { Repeat = new Repeat(2) }))).ShouldContain("does not go together with JobOptions.Repeat");
        (await RefusedAsync(() => queue.EnqueueAsync(() => TestJobs.Nothing(), All() with { ResultTtl = TimeSpan.Zero }))).ShouldContain("a JobOptions.ResultTtl of zero");
        (await RefusedAsync(() => queue.EnqueueAsync(() => TestJobs.Nothing(), All() with { FailureTtl = TimeSpan.Zero }))).ShouldContain("a JobOptions.FailureTtl of zero");
        (await RefusedAsync(() => world.Rq.Cron.AddOrUpdateAsync("c", "0 0 * * *", () => TestJobs.Nothing(), options: All()))).ShouldContain("Cron schedule 'c' cannot be: a callback of its jobs is to be a job of its own");
        (await RefusedAsync(() => queue.EnqueueAsync((IStub stub) => stub.Run(), new JobOptions { OnSuccess = Callback.To(AfterJobs.Succeeded) }))).ShouldContain(
            "'tasks.run' is run by Python, which cannot call 'RQ.Conformance.Queues.AfterJobs.Succeeded' and would fail it as a job of its own too. Say on which queue");
        Should.Throw<InvalidOperationException>(() => Callback.To(PythonCallbacks.Done).AsJob("net")).Message.ShouldStartWith("'python_calls.done' is a Python function, and a callback that is a job of its own");
        (await queue.IsEmptyAsync()).ShouldBeTrue();
    }

    [Theory, OnEachBackend]
    public async Task Behind_a_stub_a_method_is_one_by_itself(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add("tasks.run", () => 7);
        Job job = await world.Queue().EnqueueAsync((IStub stub) => stub.Run(), new JobOptions { OnSuccess = Callback.To(AfterJobs.OnItsQueue), OnFailure = Callback.To("python.failed") });
        job.OnSuccess.ShouldBeNull();
        job.OnFailure.ShouldBe("python.failed", "what has only a name is left to the job's worker");

        (await world.RunBurstAsync(["default", "attributed"])).ShouldBe(2);

        TestJobs.Noted(job.Id).ShouldBe(["attributed 7"]);
    }

    [Theory, OnEachBackend]
    public async Task A_queue_that_runs_its_jobs_at_once_calls_it_at_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = world.Functions } });

        Job job = await queue.EnqueueAsync(() => TestJobs.Add(1, 2), All());

        TestJobs.Noted(job.Id).ShouldBe(["success 3 Finished"]);
        (await world.Queue("default").Deferred.GetJobIdsAsync()).ShouldBeEmpty();
    }

    private static JobOptions All() => new() { OnSuccess = Callback.To(AfterJobs.Succeeded).AsJob(), OnFailure = Callback.To(AfterJobs.Failed).AsJob(), OnStopped = Callback.To(AfterJobs.Stopped).AsJob() };

    private static async Task<string> RefusedAsync(Func<Task> call) => (await Should.ThrowAsync<ArgumentException>(call)).Message;

    private static async Task HasCallbacksAsync(TestWorld world, Job job, params string[] expected) =>
        (await world.Queue("default").Deferred.GetJobIdsAsync()).Where(id => id.StartsWith($"{job.Id}-on-", StringComparison.Ordinal)).Select(id => id[(job.Id.Length + 4)..^9]).ShouldBe(expected, ignoreOrder: true);

    private static class PythonCallbacks
    {
        [PythonFunction("python_calls.done")]
        public static void Done(string jobId) => throw new NotSupportedException(jobId);
    }

    public interface IStub
    {
        [PythonFunction("tasks.run")]
        int Run();
    }
}
