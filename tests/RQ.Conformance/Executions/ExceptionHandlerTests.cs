using RQ.Executions;
using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

public class ExceptionHandlerTests
{
    [Theory, OnEachBackend]
    public async Task EXC_3_the_exception_with_its_stack_trace_is_stored(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"));

        await world.RunBurstAsync();

        string text = (await job.GetLatestResultAsync())!.ExceptionText!;
        text.ShouldStartWith("System.InvalidOperationException: boom");
        text.ShouldContain("at RQ.TestSupport.TestJobs.Fail(String message)");
        text.ShouldNotContain("at RQ.Executions");
    }

    [Theory, OnEachBackend]
    public async Task EXC_4_handlers_are_told_in_order_until_one_says_false(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { OnFailure = Callback.To(CallbackJobs.Failed) });

        await world.RunBurstAsync(configure: options =>
        {
            options.Name = "teller";
            options.ExceptionHandlers.Add(failure =>
            {
                TestJobs.Note(failure.Job.Id, $"1 {failure.Exception.Message} {failure.Queue} {failure.WorkerName} {failure.Job.Status} {failure.Context.Attempt} {failure.CancellationToken.CanBeCanceled}");
                return ValueTask.FromResult(true);
            });
            options.ExceptionHandlers.Add(_ => throw new InvalidDataException("the handler broke"));
            options.ExceptionHandlers.Add(async failure =>
            {
                Job stored = await Job.FetchAsync(failure.Job.Id, failure.Job.Connection);
                TestJobs.Note(failure.Job.Id, $"3 {stored.Status}");
                return false;
            });
            options.ExceptionHandlers.Add(failure =>
            {
                TestJobs.Note(failure.Job.Id, "4");
                return ValueTask.FromResult(true);
            });
        });

        TestJobs.Noted(job.Id).ShouldBe(["failure Failed boom - InvalidOperationException", "1 boom default teller Failed 1 True", "3 Started"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains($"job {job.Id}: an exception handler raised") && record.Exception is InvalidDataException);
    }

    [Theory, OnEachBackend]
    public async Task EXC_4_handlers_are_not_told_of_stopped_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        int told = 0;
        RunningWorker worker = world.StartWorker(configure: options => options.ExceptionHandlers.Add(_ =>
        {
            told++;
            return ValueTask.FromResult(true);
        }));
        Job job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!));
        await CallbackJobs.ExecutionOfAsync(key);

        await Commands.StopJobAsync(world, worker.Name, job.Id);
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));

        told.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task EXC_5_handlers_are_added_and_taken_away_before_the_worker_is_made(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"));
        WorkerOptions options = Inline.Options(world);
        options.Burst = true;
        JobExceptionHandler kept = failure => NoteAsync(failure, "kept");
        options.ExceptionHandlers.Add(failure => NoteAsync(failure, "taken away"));
        options.ExceptionHandlers.Insert(0, kept);
        options.ExceptionHandlers.RemoveAt(1);
        var worker = new Worker(["default"], world.Rq, options);
        options.ExceptionHandlers.Clear();

        await worker.RunAsync().WaitAsync(Eventually.Limit);

        TestJobs.Noted(job.Id).ShouldBe(["kept"]);

        static ValueTask<bool> NoteAsync(JobExceptionContext failure, string text)
        {
            TestJobs.Note(failure.Job.Id, text);
            return ValueTask.FromResult(true);
        }
    }

    [Theory, OnEachBackend]
    public async Task EXC_6_without_the_default_handler_a_failure_is_not_listed_but_retried(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"));
        Job retried = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { Retry = new Retry(1) });

        Outcome failed = await Inline.RunAsync(world, job, options => options.DisableDefaultExceptionHandler = true);
        Outcome again = await Inline.RunAsync(world, retried, options => options.DisableDefaultExceptionHandler = true);

        failed.ShouldBeOfType<Outcome.Failed>().IsListed.ShouldBeFalse();
        again.ShouldBeOfType<Outcome.Retried>();
        (await Inline.RunAsync(world, job)).ShouldBeOfType<Outcome.Failed>().IsListed.ShouldBeTrue();
    }

    [Theory, OnEachBackend]
    public async Task EXC_9_a_job_out_of_time_fails_in_rqs_words(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Exception? told = null;
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, default), new JobOptions { Timeout = TimeSpan.FromSeconds(1) });

        await world.RunBurstAsync(configure: options => options.ExceptionHandlers.Add(failure =>
        {
            told = failure.Exception;
            return ValueTask.FromResult(true);
        }));

        told.ShouldBeOfType<JobTimeoutException>().JobId.ShouldBe(job.Id);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldStartWith("RQ.JobTimeoutException: Task exceeded maximum timeout value (1 seconds)");
    }

    [Theory, OnEachBackend]
    public async Task EXC_10_a_job_whose_data_cannot_be_read_fails_and_is_told_of(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { OnFailure = Callback.To(CallbackJobs.Failed) });
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), JobFields.Data, "rubbish");

        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        TestJobs.Noted(job.Id).Single().ShouldEndWith("UnreadableDataException");
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains($"job {job.Id}: exception raised while executing (<DeserializationError>)"));
    }
}
