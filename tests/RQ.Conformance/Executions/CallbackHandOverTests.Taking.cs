using RQ.Conformance.Transitions;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>Who takes what was handed over, and with what it is called.</summary>
public partial class CallbackHandOverTests
{
    [Theory, OnEachBackend]
    public async Task A_worker_here_that_knows_it_calls_it_as_if_it_had_run_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add("tasks.add", TestJobs.Add).Add("tasks.fail", TestJobs.Fail);
        Job succeeded = await world.Queue().EnqueueAsync(JobCall.To("tasks.add", 1, 2), new JobOptions { OnSuccess = Callback.To("tasks.succeeded") });
        Job failed = await world.Queue().EnqueueAsync(JobCall.To("tasks.fail", "boom"), new JobOptions { OnFailure = Callback.To("tasks.failed") });
        await world.RunBurstAsync();
        var seen = new List<string>();
        JobFunctions others = new JobFunctions()
            .Add("tasks.succeeded", (int result, Job job, RqConnection rq, JobContext context) => seen.Add($"{job.Id} {job.Status} {result} {rq == job.Connection} {context.Job.Id != job.Id}"))
            .Add("tasks.failed", (Job job, Exception exception) => seen.Add($"{job.Id} {job.Status} {exception.GetType().Name} {((JobFailedException)exception).ExceptionText!.Split('\n')[0]}"));

        (await world.RunBurstAsync(configure: options => options.Functions = others)).ShouldBe(2);

        seen.ShouldBe([$"{succeeded.Id} Finished 3 True True", $"{failed.Id} Failed JobFailedException System.InvalidOperationException: boom"], ignoreOrder: true);
    }

    [Theory, OnEachBackend]
    public async Task One_that_asks_for_a_job_that_is_gone_fails_and_others_do_not(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.Add("tasks.add", TestJobs.Add);
        foreach (string name in new[] { "tasks.asks", "tasks.does_not" })
            await world.Queue().EnqueueAsync(JobCall.To("tasks.add", 1, 2), new JobOptions { OnSuccess = Callback.To(name), ResultTtl = TimeSpan.Zero });
        await world.RunBurstAsync();
        int seen = 0;
        JobFunctions others = new JobFunctions().Add("tasks.asks", (Job job) => seen = -1).Add("tasks.does_not", (int result) => seen = result);

        await world.RunBurstAsync(configure: options => options.Functions = others);

        seen.ShouldBe(3);
        Job failed = (await world.Queue("default").Failed.GetJobIdsAsync()) is [var id] ? await Job.FetchAsync(id, world.Rq) : throw new InvalidOperationException();
        (await failed.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("its parameter 'job' (Job): the job is no longer there");
    }

    [Theory, OnEachBackend]
    public async Task A_worker_that_does_not_know_it_leaves_it_to_others(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.StartWorker();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await job.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(
            async () => await CallbackOf(world, job) is { } id && await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(id), JobFields.UnknownSince), "it was given back");
        string key = Guid.NewGuid().ToString();

        world.StartWorker(configure: options => options.Functions = new JobFunctions().Add(Done, (int result) => TestJobs.Note(key, $"{result}")));

        await Eventually.BecomesAsync(() => Task.FromResult(TestJobs.Noted(key).Length == 1), "the other worker has called it");
    }

    [Theory, OnEachBackend]
    public async Task A_burst_worker_ends_when_only_such_callbacks_are_left(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        for (int i = 0; i < 3; i++)
            await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);

        (await world.RunBurstAsync(configure: options => options.Concurrency = 2)).ShouldBe(3);
        (await world.Queue().CountAsync()).ShouldBe(3);

        // What is behind them is run.
        Job behind = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4));
        (await world.RunBurstAsync()).ShouldBe(1);
        (await behind.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue().CountAsync()).ShouldBe(3);
    }

    [Theory, OnEachBackend]
    public async Task In_the_end_it_fails_and_says_what_to_do(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await world.RunBurstAsync();
        string id = (await world.Queue().GetJobIdsAsync()).ShouldHaveSingleItem();
        // Found ten minutes ago.
        await world.Rq.Database.HashSetAsync(
            world.Rq.Keys.Job(id), [new(JobFields.LastOutcome, "returned"), new(JobFields.UnknownSince, RQ.Redis.RqTime.Timestamp(DateTimeOffset.UtcNow.AddMinutes(-10)))]);

        (await world.RunBurstAsync()).ShouldBe(1);

        string text = (await (await Job.FetchAsync(id, world.Rq)).GetLatestResultAsync())!.ExceptionText!;
        text.ShouldContain($"This job is the success callback of job '{job.Id}', and the workers of queue 'default' do not know 'tasks.done'; none that does took it within 10 min.");
        text.ShouldContain("WorkerOptions.CallbackQueue");
    }

    [Theory, OnEachBackend]
    public async Task A_queue_that_runs_its_jobs_at_once_hands_over_too(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = world.Functions } });

        Job job = await queue.EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        Job failed = await queue.EnqueueAsync(() => TestJobs.Fail("x"), s_all);

        job.Status.ShouldBe(JobStatus.Finished);
        (await world.Queue().GetJobsAsync()).Select(callback => (callback.Arguments[0], callback.Arguments.Count)).ShouldBe([(job.Id, 3), (failed.Id, 5)]);
    }

    [Theory, OnEachBackend]
    public async Task The_callback_of_a_job_whose_worker_died_goes_to_its_queue_at_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue("old").EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        var setup = new WorkerSetup(world.Rq, "cleaner", ["old"], Inline.Options(world), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        await RQ.Executions.FailureNotice.TellOfAbandonedAsync(
            setup, await RQ.Redis.Transitions.ReadJobs.ExecuteAsync(world.Rq, job.Id), "e1", new AbandonedJobException(job.Id, "dead", DateTimeOffset.UtcNow));

        Job callback = (await world.Queue("old").GetJobsAsync()).Single(each => each.Id != job.Id);
        callback.Arguments.Take(3).ShouldBe([job.Id, null, "RQ.AbandonedJobException"]);
    }

    [Theory, OnEachBackend]
    public async Task It_is_written_in_the_format_of_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue(options: new QueueOptions { Serializer = JobSerializer.Json }).EnqueueAsync(() => TestJobs.Add(1, 2), s_all);

        await world.RunBurstAsync();

        Job callback = (await world.Queue().GetJobsAsync()).ShouldHaveSingleItem();
        callback.Serializer.Name.ShouldBe(JobSerializer.Json.Name);
    }
}
