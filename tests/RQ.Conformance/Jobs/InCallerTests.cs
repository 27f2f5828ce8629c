using RQ.Conformance.Executions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Queues whose jobs are run by their caller.</summary>
public class InCallerTests
{
    private static Queue Synchronous(TestWorld world, Action<WorkerOptions>? configure = null)
    {
        var options = new WorkerOptions { Functions = world.Functions };
        configure?.Invoke(options);
        return world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = options });
    }

    [Theory, OnEachBackend]
    public async Task TST_1_the_job_has_ended_when_the_call_returns(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = Synchronous(world);

        Job<int> job = await queue.EnqueueAsync(() => TestJobs.Add(1, 2));
        Job failed = await queue.EnqueueAsync(() => TestJobs.Fail("no"));

        job.Status.ShouldBe(JobStatus.Finished);
        job.WorkerName.ShouldBe("sync");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        failed.Status.ShouldBe(JobStatus.Failed, "a failure is stored, not thrown");
        (await failed.GetLatestResultAsync())!.ExceptionText!.ShouldContain("no");
        (await queue.CountAsync()).ShouldBe(0);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Finished("default"), job.Id)).ShouldNotBeNull();
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Failed("default"), failed.Id)).ShouldNotBeNull();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Worker("sync"))).ShouldBeFalse();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Started("default"))).ShouldBeFalse();
        (await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { ResultTtl = TimeSpan.Zero })).Status.ShouldBe(JobStatus.Finished);
        JobContext.Current.ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task TST_3_a_job_whose_parent_has_not_finished_is_deferred(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue("other").EnqueueAsync(() => TestJobs.Add(1, 1));
        Queue queue = Synchronous(world);
        Job<int> child = await queue.EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { DependsOn = [parent] });
        child.Status.ShouldBe(JobStatus.Deferred);

        Job<int> first = await queue.EnqueueAsync(() => TestJobs.Add(3, 4), new JobOptions { Id = "first" });
        Job<int> second = await queue.EnqueueAsync(() => TestJobs.Add(5, 6), new JobOptions { DependsOn = [first] });

        second.Status.ShouldBe(JobStatus.Finished);
        await world.RunBurstAsync(["other"]);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task TST_1_and_RL_4_retries_and_repeats_do_nothing_and_options_that_need_workers_are_refused(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = Synchronous(world);
        string key = Guid.NewGuid().ToString();

        Job failed = await queue.EnqueueAsync(() => TestJobs.FailOnce(key, "x"), new JobOptions { Retry = new Retry(3) });
        Job<int> once = await queue.EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = new Repeat(3) });

        failed.Status.ShouldBe(JobStatus.Failed);
        once.Status.ShouldBe(JobStatus.Finished);
        TestJobs.Runs(key).ShouldBe(1);
        await Should.ThrowAsync<ArgumentException>(() => queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { RateLimit = new RateLimit("k", 1) }));
        (await queue.EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing())).Status.ShouldBe(JobStatus.Scheduled);
    }

    [Theory, OnEachBackend]
    public async Task CBK_8_callbacks_and_handlers_run_in_the_caller_too(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int handled = 0;
        Queue queue = Synchronous(world, options => options.ExceptionHandlers.Add(_ =>
        {
            handled++;
            return ValueTask.FromResult(true);
        }));

        Job<int> ok = await queue.EnqueueAsync(() => TestJobs.Add(1, 2), Told());
        Job failed = await queue.EnqueueAsync(() => TestJobs.Fail("no"), Told());

        TestJobs.Noted(ok.Id).ShouldBe(["success 3 Finished True True True True"]);
        TestJobs.Noted(failed.Id).ShouldBe(["failure Failed no - InvalidOperationException"]);
        handled.ShouldBe(1);
        Job broken = await queue.EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { OnSuccess = Callback.To(CallbackJobs.Throws) });
        broken.Status.ShouldBe(JobStatus.Failed, "a success callback that throws fails the job");
        (await broken.GetLatestResultAsync())!.ExceptionText!.ShouldContain("the callback broke");

        static JobOptions Told() => new() { OnSuccess = Callback.To(CallbackJobs.Succeeded), OnFailure = Callback.To(CallbackJobs.Failed) };
    }

    [Theory, OnEachBackend]
    public async Task ENQ_14_and_WHK_5_webhooks_are_sent_by_the_caller(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using var receiver = WebhookReceiver.Start();
        Queue queue = Synchronous(world);

        await queue.EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Webhooks = [new Webhook($"{receiver.Url}/finished", JobStatus.Finished)] });
        await queue.EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions
        {
            Webhooks = [new Webhook($"{receiver.Url}/not", JobStatus.Finished), new Webhook($"{receiver.Url}/failed", JobStatus.Failed)],
        });

        receiver.All.Select(each => each.Path).ShouldBe(["/finished", "/failed"], "they were sent before the calls returned");
    }
}
