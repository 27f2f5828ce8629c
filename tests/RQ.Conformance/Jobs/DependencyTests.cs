using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

public class DependencyTests
{
    [Theory, OnEachBackend]
    public async Task DEP_1_a_job_is_deferred_until_all_it_depends_on_have_finished_DEP_3_in_the_order_given_DEP_12_on_its_own_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Job a = await world.Queue("a").EnqueueAsync(() => TestJobs.Note(list, "a"));
        Job b = await world.Queue("b").EnqueueAsync(() => TestJobs.Note(list, "b"));
        Job child = await world.Queue("c").EnqueueAsync(() => TestJobs.Note(list, "child"), new JobOptions { DependsOn = [a, b] });
        child.Status.ShouldBe(JobStatus.Deferred);
        child.DependencyIds.ShouldBe([a.Id, b.Id]);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Deferred("c"), child.Id)).ShouldNotBeNull();

        await world.RunBurstAsync(["a", "c"]);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        await world.RunBurstAsync(["b", "c"]);

        TestJobs.Noted(list).ShouldBe(["a", "b", "child"]);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Rq.Database.HashLengthAsync(world.Rq.KeyPrefix + "releasing")).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task DEP_5_a_failed_job_holds_its_dependents_unless_they_allow_it_DEP_8_until_it_was_run_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "parent" });
        Job strict = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });
        Job lenient = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });

        await world.RunBurstAsync();
        (await strict.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await lenient.GetStatusAsync()).ShouldBe(JobStatus.Finished);

        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "parent" });
        await world.RunBurstAsync();
        (await strict.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task DEP_2_finished_and_unknown_jobs_count_as_met(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.RunBurstAsync();

        Job child = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent, "unknown"] });

        child.Status.ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task Thousands_of_dependents_are_all_released_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { ResultTtl = TimeSpan.Zero });
        await world.Queue("children").EnqueueManyAsync(
            Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.CountRun", key), 3000), new JobOptions { DependsOn = [parent] });

        await world.RunBurstAsync(["default", "children"], options => options.Concurrency = 50);

        TestJobs.Runs(key).ShouldBe(3000);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.KeyPrefix + "deferred:children")).ShouldBe(0);
        (await world.Rq.Database.KeyExistsAsync($"{world.Rq.KeyPrefix}job:{parent.Id}:dependents")).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task DEP_8_those_that_wait_for_a_failed_job_wait_on_when_it_is_enqueued_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "parent", FailureTtl = TimeSpan.FromSeconds(100) });
        Job child = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });
        await world.RunBurstAsync();
        (await world.Rq.Database.KeyTimeToLiveAsync(Dependents(world, parent))).ShouldNotBeNull();

        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "parent" });

        (await world.Rq.Database.KeyTimeToLiveAsync(Dependents(world, parent))).ShouldBeNull();
        await world.RunBurstAsync();
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task DEP_9_a_job_that_expired_while_it_waited_counts_as_met(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Ttl = TimeSpan.FromMinutes(10) });
        Job child = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });
        child.Status.ShouldBe(JobStatus.Deferred);
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.Job(parent.Id), TimeSpan.FromMilliseconds(1));
        await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Job(parent.Id)), "the parent expires");

        world.StartWorker();

        await Eventually.BecomesAsync(async () => await child.GetStatusAsync() == JobStatus.Finished, "the child runs");
        await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync(Dependents(world, parent)), "nothing of the parent is left");
        (await world.Rq.Database.HashLengthAsync(world.Rq.Keys.Releasing)).ShouldBe(0);
    }

    private static string Dependents(TestWorld world, Job job) => $"{world.Rq.KeyPrefix}job:{job.Id}:dependents";
}
