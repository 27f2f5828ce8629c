using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

public class RetryTests
{
    [Theory, OnEachBackend]
    public async Task RTY_3_without_interval_it_is_queued_again_at_the_tail(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "r"), new JobOptions { Retry = new Retry(3) });
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "a"));

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["r", "a", "r"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        job.RetriesLeft.ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task RTY_4_with_an_interval_it_is_scheduled(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(
            () => TestJobs.Fail("no"), new JobOptions { Retry = new Retry(2, TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(1200)) });
        DateTimeOffset before = DateTimeOffset.UtcNow;

        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        job.RetriesLeft.ShouldBe(1);
        (await world.Queue().CountAsync()).ShouldBe(0);
        double? due = await world.Rq.Database.SortedSetScoreAsync(world.Rq.KeyPrefix + "scheduled:default", job.Id);
        due.ShouldNotBeNull().ShouldBeInRange(before.ToUnixTimeSeconds() + 600, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 601);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Failed("default"), job.Id)).ShouldBeNull();
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task RTY_5_at_front_every_retry_goes_to_the_head(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        world.Functions.Add("always_fails", () =>
        {
            TestJobs.Note(list, "r");
            throw new InvalidOperationException("always");
        });
        Job job = await world.Queue().EnqueueAsync(JobCall.To("always_fails"), new JobOptions { Retry = new Retry(2) { AtFront = true } });
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "a"));

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["r", "r", "r", "a"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        job.RetriesLeft.ShouldBe(0);
    }

    /// <summary>Python's worker breaks off at such a job and leaves it started for ever.</summary>
    [Theory, OnEachBackend]
    public async Task RTY_6_an_empty_list_of_intervals_means_at_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "r"), new JobOptions { Retry = new Retry(1) });
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "retry_intervals", "[]");

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["r", "r"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task RTY_7_a_job_whose_time_is_over_is_retried(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int runs = 0;
        world.Functions.Add("slow_once", async (CancellationToken token) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
                await Task.Delay(Timeout.Infinite, token);
            return runs;
        });
        Job job = await world.Queue().EnqueueAsync(JobCall.To("slow_once"), new JobOptions { Timeout = TimeSpan.FromSeconds(1), Retry = new Retry(10) });

        await world.RunBurstAsync();

        // More than once only when this machine stands still.
        (await job.GetLatestResultAsync()).ShouldNotBeNull().ReturnValue.ShouldBeOfType<long>().ShouldBeGreaterThan(1);
    }

    [Theory, OnEachBackend]
    public async Task RTY_10_every_failed_attempt_is_counted_by_the_worker(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Retry = new Retry(2) });
        await world.RunBurstAsync(configure: worker => worker.Name = "w");

        ((int)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker("w"), "failed_job_count")).ShouldBe(3);
    }

    /// <summary>The job's stored retries are used up; enqueued again under its id it has what the new call says.</summary>
    [Theory, OnEachBackend]
    public async Task RTY_11_retries_that_are_used_up_stay_used_up(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "j", Retry = new Retry(1) });
        await world.RunBurstAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        job.RetriesLeft.ShouldBe(0);

        await job.RequeueAsync();
        job.RetriesLeft.ShouldBe(0);
        (await world.RunBurstAsync()).ShouldBe(1);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        job.RetriesLeft.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S044_a_retried_job_is_never_in_the_failed_registry(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        var samples = new List<(string? Status, bool IsFailed)>();
        int run = 0;
        world.Functions.Add("fails_twice", () => ++run <= 2 ? throw new InvalidOperationException("not yet") : run);
        world.Functions.Add("samples", async () =>
        {
            string? status = await db.HashGetAsync(world.Rq.Keys.Job("j"), "status");
            samples.Add((status, await db.SortedSetScoreAsync(world.Rq.Keys.Failed("default"), "j") is not null));
            if (status != "finished")
                await world.Queue().EnqueueAsync(JobCall.To("samples"));
        });
        Job job = await world.Queue().EnqueueAsync(JobCall.To("fails_twice"), new JobOptions { Id = "j", Retry = new Retry(3) });
        // It enqueues itself behind the retried job, until that has finished.
        await world.Queue().EnqueueAsync(JobCall.To("samples"));

        await world.RunBurstAsync();

        samples.ShouldBe([("queued", false), ("queued", false), ("finished", false)]);
        (await db.SortedSetScoreAsync(world.Rq.Keys.Finished("default"), "j")).ShouldNotBeNull();
        (await db.SortedSetLengthAsync(world.Rq.Keys.Failed("default"))).ShouldBe(0);
        (await job.GetLatestResultAsync()).ShouldNotBeNull().IsSuccessful.ShouldBeTrue();
        job.RetriesLeft.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task S050_a_dependent_waits_for_the_last_attempt_of_its_parent(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        var retried = new Gate();
        int run = 0;
        world.Functions.Add("fails_once", async () =>
        {
            TestJobs.Note(list, "parent");
            if (Interlocked.Increment(ref run) == 1)
                throw new InvalidOperationException("once");
            retried.Entered.TrySetResult();
            await retried.Opened.Task;
            TestJobs.Note(list, "parent has ended");
        });
        Job parent = await world.Queue().EnqueueAsync(JobCall.To("fails_once"), new JobOptions { Retry = new Retry(2) });
        Job strict = await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "child"), new JobOptions { DependsOn = [parent] });
        Job lenient = await world.Queue().EnqueueAsync(
            () => TestJobs.Note(list, "child"), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        for (int i = 0; i < 4; i++)
            world.StartWorker();

        await retried.HasEnteredAsync();
        // What the other workers could take they have taken by now.
        await (await world.Queue().EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        (await strict.GetStatusAsync(), await lenient.GetStatusAsync()).ShouldBe((JobStatus.Deferred, JobStatus.Deferred));
        retried.Open();

        await strict.WaitForResultAsync(Eventually.Limit);
        await lenient.WaitForResultAsync(Eventually.Limit);
        TestJobs.Noted(list).ShouldBe(["parent", "parent", "parent has ended", "child", "child"]);
    }
}
