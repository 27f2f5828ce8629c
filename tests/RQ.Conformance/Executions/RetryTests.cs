using RQ.Executions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

public class RetryTests
{
    [Theory, OnEachBackend]
    public async Task RTY_7_exceptions_and_time_outs_are_retried(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString(), gate = Guid.NewGuid().ToString();
        Job exception = await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "exception"), new JobOptions { Retry = new Retry(1) });
        Job timeout = await world.Queue().EnqueueAsync(
            () => TestJobs.WaitAtGateAsync(gate, default), new JobOptions { Retry = new Retry(1), Timeout = TimeSpan.FromSeconds(1), OnFailure = Callback.To(CallbackJobs.Failed) });

        await world.RunBurstAsync(configure: options => options.Concurrency = 2);

        (await exception.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        TestJobs.Noted(list).Length.ShouldBe(2);
        TestJobs.Noted(timeout.Id).Length.ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task RTY_8_callback_and_handlers_are_told_of_every_attempt(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int handled = 0;
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { Retry = new Retry(2), OnFailure = Callback.To(CallbackJobs.Failed) });
        Job dependent = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DependsOn = new Dependency(job) { AllowFailure = true } });

        await world.RunBurstAsync(configure: options => options.ExceptionHandlers.Add(failure =>
        {
            handled++;
            return ValueTask.FromResult(true);
        }));

        TestJobs.Noted(job.Id).Length.ShouldBe(3);
        handled.ShouldBe(3);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
        (await dependent.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task RTY_9_a_job_that_returns_a_retry_is_run_again_without_its_success_callback(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => AttemptJobs.AsksAgainOnce(key), new JobOptions { OnSuccess = Callback.To(CallbackJobs.LooksAtServerAsync), Retry = new Retry(1) });
        Job asking = await world.Queue().EnqueueAsync(() => AttemptJobs.AsksAgain(key + "inline", 2));

        await Inline.RunAsync(world, asking);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(asking.Id), "number_of_retries", 1);
        Outcome second = await Inline.RunAsync(world, asking);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(asking.Id), "number_of_retries", 2);
        Outcome third = await Inline.RunAsync(world, asking);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(asking.Id));
        await world.RunBurstAsync();

        second.ShouldBe(new Outcome.RetriedByItself(TimeSpan.Zero, 2, false));
        third.ShouldBeOfType<Outcome.RetriesExceeded>().Failure.Text.ShouldContain("Retry.Max is 2");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        TestJobs.Runs(key).ShouldBe(2);
        TestJobs.Noted(job.Id).Length.ShouldBe(1);
        (await job.GetLatestResultAsync())!.ReturnValue.ShouldBe("done");
        job.RetriesLeft.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task RTY_10_every_failed_attempt_is_counted(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { Retry = new Retry(2) });

        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));

        ((int)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "failed_job_count")).ShouldBe(3);
    }

    [Theory, OnEachBackend]
    public async Task Jobs_say_themselves_whether_they_are_retried(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        // Without the job's own wish the retry would wait for an hour.
        Job later = await world.Queue().EnqueueAsync(() => AttemptJobs.AsksAgainLater(key + "later"), new JobOptions { Retry = new Retry(2, TimeSpan.FromHours(1)) });
        Job never = await world.Queue().EnqueueAsync(() => AttemptJobs.GivesUp(key + "never"), new JobOptions { Retry = new Retry(2) });
        var rule = new Retry(1) { OnlyOn = [typeof(FormatException)], NeverOn = [typeof(UriFormatException)] };
        Job allowed = await world.Queue().EnqueueAsync(() => AttemptJobs.FailsAs(key + "allowed", "format"), new JobOptions { Retry = rule });
        Job denied = await world.Queue().EnqueueAsync(() => AttemptJobs.FailsAs(key + "denied", "other"), new JobOptions { Retry = rule });

        await world.RunBurstAsync();

        TestJobs.Runs(key + "later").ShouldBe(3);
        TestJobs.Runs(key + "never").ShouldBe(1);
        TestJobs.Runs(key + "allowed").ShouldBe(2);
        TestJobs.Runs(key + "denied").ShouldBe(1);
        foreach (Job job in new[] { later, never, allowed, denied })
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await later.GetLatestResultAsync())!.ExceptionText.ShouldStartWith("RQ.RetryAfterException: not yet");
    }
}
