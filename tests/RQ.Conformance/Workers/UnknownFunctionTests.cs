using RQ.Conformance.Executions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>During a deployment workers that do not know a function yet leave its jobs to those that do.</summary>
public class UnknownFunctionTests
{
    private const string Function = "deployed.later";

    [Theory, OnEachBackend]
    public async Task A_job_of_a_new_version_waits_for_a_worker_that_knows_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To(Function), new JobOptions { Retry = new Retry(1) });
        RunningWorker old = world.StartWorker(configure: options => options.UnknownFunctionGrace = TimeSpan.FromHours(1));
        await WasGivenBackAsync(world, job);
        int[] attempts = new int[1];
        var known = new JobFunctions().Add(Function, (JobContext context) => attempts[0] = context.Attempt);

        world.StartWorker(configure: options => options.Functions = known);

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "the new worker has run it");
        attempts[0].ShouldBe(1);
        await job.RefreshAsync();
        job.RetriesLeft.ShouldBe(1);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
        (await old.StopAsync()).ShouldBe(0);
        world.LogCollector.GetSnapshot().Count(record => record.Message.Contains($"does not know the function {Function}")).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task When_the_time_is_over_it_fails_with_the_usual_text(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To(Function));

        (await world.RunBurstAsync(configure: options => options.UnknownFunctionGrace = TimeSpan.FromMilliseconds(1500))).ShouldBe(1);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain($"No function is registered for '{Function}'");
        await job.RefreshAsync();
        job.Attempts.ShouldBe(0);

        // A new life has its own time.
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(job.Id), "unknown_since")).ShouldBeTrue();
        await job.RequeueAsync();
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(job.Id), "unknown_since")).ShouldBeFalse();
        world.StartWorker(configure: options => options.UnknownFunctionGrace = TimeSpan.FromHours(1));
        await WasGivenBackAsync(world, job);
    }

    [Theory, OnEachBackend]
    public async Task The_time_counts_from_the_first_worker_that_did_not_know_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To(Function));
        RunningWorker first = world.StartWorker(configure: options => options.UnknownFunctionGrace = TimeSpan.FromHours(1));
        await WasGivenBackAsync(world, job);
        await first.StopAsync();

        // More than a tick has passed since.
        await world.RunBurstAsync(configure: options => options.UnknownFunctionGrace = TimeSpan.FromTicks(1));

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
    }

    [Theory, OnEachBackend]
    public async Task Without_the_option_it_fails_at_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(JobCall.To(Function));

        (await world.RunBurstAsync()).ShouldBe(1);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(job.Id), "unknown_since")).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task It_goes_behind_the_jobs_that_can_run_and_is_no_execution(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job unknown = await world.Queue().EnqueueAsync(JobCall.To(Function));
        Job[] known = [await world.Queue().EnqueueAsync(() => TestJobs.Nothing()), await world.Queue().EnqueueAsync(() => TestJobs.Nothing())];

        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.UnknownFunctionGrace = TimeSpan.FromHours(1);
            options.MaxJobs = 2;
        });

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(2);
        foreach (Job job in known)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([unknown.Id]);
        (await unknown.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task A_held_job_can_be_stopped_and_holds_up_no_shutdown(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job stopped = await world.Queue().EnqueueAsync(JobCall.To(Function));
        Job held = await world.Queue().EnqueueAsync(JobCall.To(Function));
        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.UnknownFunctionGrace = TimeSpan.FromHours(1);
            options.Concurrency = 2;
        });
        await Eventually.BecomesAsync(async () =>
        {
            await Commands.StopJobAsync(world, worker.Name, stopped.Id);
            return await stopped.GetStatusAsync() == JobStatus.Stopped;
        }, "the job is stopped");

        await worker.StopAsync();

        (await held.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([held.Id]);
        (await world.Queue().Started.CountAsync()).ShouldBe(0);
    }

    private static Task WasGivenBackAsync(TestWorld world, Job job) => Eventually.BecomesAsync(
        async () => await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(job.Id), "unknown_since"), "the job was given back");
}
