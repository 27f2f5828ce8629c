using Microsoft.Extensions.DependencyInjection;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

public class CallbackTests
{
    [Theory, OnEachBackend]
    public async Task CBK_1_the_success_callback_runs_before_anything_is_saved(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job seen = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To(CallbackJobs.LooksAtServerAsync) });
        Job given = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To(CallbackJobs.Succeeded), OnFailure = Callback.To(CallbackJobs.Failed) });

        await world.RunBurstAsync();

        TestJobs.Noted(seen.Id).ShouldBe(["Finished stored Started True"]);
        TestJobs.Noted(given.Id).ShouldBe(["success 3 Finished True True True True"]);
        (await given.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task CBK_1_an_exception_of_the_success_callback_fails_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To(CallbackJobs.Throws), OnFailure = Callback.To(CallbackJobs.Failed) });
        Job unknown = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To("nobody.knows_me") });
        Job misfit = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To(CallbackJobs.TakesTooMuch) });

        await world.RunBurstAsync(configure: worker => worker.UnknownCallback = UnknownCallback.Fail);

        TestJobs.Noted(job.Id).ShouldBe(["throws", "failure Failed - - InvalidDataException"]);
        (await FailureOfAsync(job)).ShouldStartWith("System.IO.InvalidDataException: the callback broke");
        (await FailureOfAsync(unknown)).ShouldContain("its success callback cannot be called. No function is registered for 'nobody.knows_me'");
        (await FailureOfAsync(misfit)).ShouldContain("its parameter 'more' (Int32): nothing is known for it");
    }

    [Theory, OnEachBackend]
    public async Task The_result_is_given_as_it_is_or_bound_from_its_data(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add("python.point", () => new Dictionary<string, object?> { ["x"] = 3L, ["y"] = 4L });
        var options = new JobOptions { OnSuccess = Callback.To(CallbackJobs.TakesPoint) };
        Job own = await world.Queue().EnqueueAsync(() => CallbackJobs.MakePoint(1, 2), options);
        Job data = await world.Queue().EnqueueAsync(JobCall.To("python.point"), options);
        Job service = await world.Queue().EnqueueAsync(() => TestJobs.Echo("Ann"), new JobOptions { OnSuccess = Callback.To("RQ.TestSupport.GreetingCallback.Done") });
        await using ServiceProvider services = new ServiceCollection().AddSingleton(new Greeter("Servus")).BuildServiceProvider();

        await world.RunBurstAsync(configure: worker => worker.Services = services);

        TestJobs.Noted(own.Id).ShouldBe(["1,2 default"]);
        TestJobs.Noted(data.Id).ShouldBe(["3,4 default"]);
        TestJobs.Noted(service.Id).ShouldBe(["Servus, Ann"]);
    }

    [Theory, OnEachBackend]
    public async Task CBK_2_the_failure_callback_runs_before_the_failure_is_saved(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job seen = await FailingAsync(world, new JobOptions { OnFailure = Callback.To(CallbackJobs.LooksAtServerAsync) });
        Job given = await FailingAsync(world, new JobOptions { OnFailure = Callback.To(CallbackJobs.Failed) });
        Job broken = await FailingAsync(world, new JobOptions { OnFailure = Callback.To(CallbackJobs.Throws) });
        Job unknown = await FailingAsync(world, new JobOptions { OnFailure = Callback.To("nobody.knows_me") });

        await world.RunBurstAsync(configure: worker => worker.UnknownCallback = UnknownCallback.Fail);

        TestJobs.Noted(seen.Id).ShouldBe(["Failed stored Started True"]);
        TestJobs.Noted(given.Id).ShouldBe(["failure Failed boom - InvalidOperationException"]);
        string text = await FailureOfAsync(broken);
        text.ShouldStartWith("System.IO.InvalidDataException: the callback broke");
        text.ShouldContain("\nwhile handling: System.InvalidOperationException: boom");
        (await FailureOfAsync(unknown)).ShouldStartWith("System.InvalidOperationException: boom");
        string[] log = [.. world.LogCollector.GetSnapshot().Select(record => record.Message)];
        log.ShouldContain(line => line.Contains($"job {broken.Id}: its failure callback (RQ.TestSupport.CallbackJobs.Throws) raised an exception"));
        log.ShouldContain(line => line.Contains($"job {unknown.Id}: its failure callback (nobody.knows_me) raised an exception"));
    }

    [Theory, OnEachBackend]
    public async Task CBK_3_the_stopped_callback_runs_and_may_throw(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 2);
        foreach ((Callback callback, string noted) in new[] { (Callback.To(CallbackJobs.StoppedAsync), "stopped Stopped False"), (Callback.To(CallbackJobs.Throws), "throws") })
        {
            string key = Guid.NewGuid().ToString();
            Job job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!), new JobOptions { OnStopped = callback });
            await CallbackJobs.ExecutionOfAsync(key);

            await Commands.StopJobAsync(world, worker.Name, job.Id);

            await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
            TestJobs.Noted(job.Id).ShouldBe([noted]);
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
            (await FailureOfAsync(job)).ShouldBe("Job stopped by user, work-horse terminated.");
        }

        (await (await EnqueueAsync(world, new JobOptions())).WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe(3L);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("its stopped callback"));
    }

    [Theory, OnEachBackend]
    public async Task CBK_4_a_callback_has_a_time_limit(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Callback.To("a").Timeout.ShouldBe(TimeSpan.FromSeconds(60));
        var limited = Callback.To("RQ.TestSupport.CallbackJobs.NeverEndsAsync", TimeSpan.FromSeconds(1));
        Job success = await EnqueueAsync(world, new JobOptions { OnSuccess = limited, OnFailure = Callback.To(CallbackJobs.Failed) });
        Job failure = await FailingAsync(world, new JobOptions { OnFailure = limited });

        await world.RunBurstAsync(configure: worker => worker.Concurrency = 2);

        TestJobs.Noted(success.Id).ShouldBe(["never ends", "failure Failed - - JobTimeoutException"]);
        (await FailureOfAsync(success)).ShouldContain("Task exceeded maximum timeout value (1 seconds) in 'RQ.TestSupport.CallbackJobs.NeverEndsAsync'");
        (await FailureOfAsync(failure)).ShouldContain("while handling: System.InvalidOperationException: boom");
    }

    [Theory, OnEachBackend]
    public async Task CBK_4_a_callback_that_ignores_its_token_is_not_waited_for(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To(CallbackJobs.Blocks, TimeSpan.FromSeconds(1)) });
        Job next = await EnqueueAsync(world, new JobOptions());

        await world.RunBurstAsync(configure: worker => worker.TimeoutGrace = TimeSpan.FromMilliseconds(100));

        TestJobs.Noted(job.Id).ShouldBe(["blocks"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        TestJobs.Gate(job.Id).Open();
    }

    [Theory, OnEachBackend]
    public async Task CBK_5_a_callback_without_a_stored_time_limit_has_sixty_seconds(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await EnqueueAsync(world, new JobOptions());
        // As RQ 1.13 stores a bare function.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), JobFields.SuccessCallbackName, "RQ.TestSupport.CallbackJobs.Succeeded");

        await world.RunBurstAsync();

        (await ReadJobs.ExecuteAsync(world.Rq, job.Id)).SuccessCallback!.Timeout.ShouldBe(TimeSpan.FromSeconds(60));
        TestJobs.Noted(job.Id).Length.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task CBK_6_callbacks_see_the_status_that_is_about_to_be_stored(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var look = Callback.To(CallbackJobs.LooksAtServerAsync);
        Job finished = await EnqueueAsync(world, new JobOptions { OnSuccess = look });
        Job retried = await FailingAsync(world, new JobOptions { OnFailure = look, Retry = new Retry(1) });

        await world.RunBurstAsync();

        TestJobs.Noted(finished.Id).ShouldBe(["Finished stored Started True"]);
        TestJobs.Noted(retried.Id).ShouldBe(["Failed stored Started True", "Failed stored Started True"]);
    }

    [Theory, OnEachBackend]
    public async Task CBK_7_the_failure_of_an_abandoned_job_is_told_where_it_is_found(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job told = await FailingAsync(world, new JobOptions { OnFailure = Callback.To(CallbackJobs.Failed) });
        Job broken = await FailingAsync(world, new JobOptions { OnFailure = Callback.To(CallbackJobs.Throws) });
        var handled = new List<JobExceptionContext>();
        WorkerOptions options = Inline.Options(world);
        options.ExceptionHandlers.Add(failure =>
        {
            handled.Add(failure);
            return ValueTask.FromResult(true);
        });
        var setup = new WorkerSetup(world.Rq, "cleaner", ["default"], options, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        Failure first = await AbandonAsync(told);
        Failure second = await AbandonAsync(broken);

        TestJobs.Noted(told.Id).ShouldBe(["failure Failed - - AbandonedJobException"]);
        first.Text.ShouldStartWith("Moved to FailedJobRegistry, due to AbandonedJobError, at 2");
        second.Text.ShouldContain("the callback broke");
        second.Text.ShouldContain("while handling: Moved to FailedJobRegistry");
        handled.Select(each => (each.Job.Id, each.WorkerName, each.Exception.GetType())).ShouldBe(
            [(told.Id, "cleaner", typeof(AbandonedJobException)), (broken.Id, "cleaner", typeof(AbandonedJobException))]);
        handled[1].CallbackException.ShouldBeOfType<InvalidDataException>();

        async Task<Failure> AbandonAsync(Job job) => await FailureNotice.TellOfAbandonedAsync(
            setup, await ReadJobs.ExecuteAsync(world.Rq, job.Id), "e1", new AbandonedJobException(job.Id, "dead", DateTimeOffset.UtcNow));
    }

    [Theory, OnEachBackend]
    public async Task CBK_8_a_synchronous_run_calls_its_callbacks(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await EnqueueAsync(world, new JobOptions { OnSuccess = Callback.To(CallbackJobs.Succeeded) });
        Job failing = await FailingAsync(world, new JobOptions { OnFailure = Callback.To(CallbackJobs.Failed), Retry = new Retry(2) });

        Outcome finished = await Inline.RunAsync(world, job);
        Outcome retried = await Inline.RunAsync(world, failing);

        finished.ShouldBeOfType<Outcome.Finished>().Value.ShouldNotBeNull();
        TestJobs.Noted(job.Id).ShouldBe(["success 3 Finished True True True True"]);
        retried.ShouldBeOfType<Outcome.Retried>().RetriesLeft.ShouldBe(1);
        TestJobs.Noted(failing.Id).ShouldBe(["failure Failed boom - InvalidOperationException"]);
    }

    [Theory, OnEachBackend]
    public async Task S094_callbacks_that_throw_stop_nobody(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var throws = Callback.To(CallbackJobs.Throws);
        Job success = await EnqueueAsync(world, new JobOptions { OnSuccess = throws });
        Job dependent = await EnqueueAsync(world, new JobOptions { DependsOn = [success] });
        Job allowing = await EnqueueAsync(world, new JobOptions { DependsOn = new Dependency(success) { AllowFailure = true } });
        Job failure = await FailingAsync(world, new JobOptions { OnFailure = throws });
        Job next = await EnqueueAsync(world, new JobOptions());

        (await world.RunBurstAsync()).ShouldBe(4);

        (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await dependent.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await allowing.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        foreach (Job job in new[] { success, failure })
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
            (await job.GetResultsAsync()).Count.ShouldBe(1);
            world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains(job.Id) && record.Exception is InvalidDataException);
        }
    }

    private static async Task<Job> EnqueueAsync(TestWorld world, JobOptions options) => await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), options);

    private static async Task<Job> FailingAsync(TestWorld world, JobOptions options) => await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), options);

    private static async Task<string> FailureOfAsync(Job job) => (await job.GetLatestResultAsync())!.ExceptionText!;
}
