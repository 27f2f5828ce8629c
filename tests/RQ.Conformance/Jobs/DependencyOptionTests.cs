using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>How a job that depends on others is released.</summary>
public class DependencyOptionTests
{
    [Theory, OnEachBackend]
    public async Task DEP_4_a_dependency_names_jobs_and_says_what_holds_for_all_of_them(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Should.Throw<ArgumentException>(() => new Dependency()).Message.ShouldContain("at least one job");
        await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [""] }));
        await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [new JobReference(null!)] }));
        var plain = new Dependency("a", "b");
        (plain.AllowFailure, plain.AtFront, plain.IfUnmet).ShouldBe((false, false, UnmetDependency.Wait));
        plain.Select(job => job.Id).ShouldBe(["a", "b"]);

        Job failing = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"));
        Job finishing = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        Job child = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(failing, finishing) { AllowFailure = true } });
        await world.RunBurstAsync();
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    /// <summary>In Python such a child waits for ever, because nothing looks at it again.</summary>
    [Theory, OnEachBackend]
    public async Task DEP_5_a_parent_that_had_failed_before_releases_a_child_that_allows_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"));
        await world.RunBurstAsync();

        Job lenient = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        Job strict = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });

        (lenient.Status, strict.Status).ShouldBe((JobStatus.Queued, JobStatus.Deferred));
    }

    [Theory, OnEachBackend]
    public async Task DEP_11_a_released_child_goes_to_the_head_when_it_asked_for_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue("parents").EnqueueAsync(() => TestJobs.Nothing());
        Job waits = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        Job front = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = new Dependency(parent) { AtFront = true } });
        Job tail = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });

        await world.RunBurstAsync(["parents"]);

        (await world.Queue().GetJobIdsAsync()).ShouldBe([front.Id, waits.Id, tail.Id]);
    }

    [Theory, OnEachBackend]
    public async Task DEP_12_a_child_goes_to_its_own_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue("a").EnqueueAsync(() => TestJobs.Nothing());
        Job child = await world.Queue("b").EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [parent] });

        await world.RunBurstAsync(["a"]);

        (await world.Queue("b").GetJobIdsAsync()).ShouldBe([child.Id]);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Deferred("b"))).ShouldBe(0);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        child.EnqueuedAt.ShouldNotBeNull();
    }

    [Theory, OnEachBackend]
    public async Task S086_stale_ids_among_the_dependents_harm_nobody(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        Job good = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key + "good"), new JobOptions { DependsOn = [parent] });
        Job<int> finished = await world.Queue("others").EnqueueAsync(() => TestJobs.CountRun(key + "finished"));
        await world.RunBurstAsync(["others"]);
        Job free = await world.Queue("others").EnqueueAsync(() => TestJobs.CountRun(key + "free"));
        Job elsewhere = await world.Queue("others").EnqueueAsync(() => TestJobs.CountRun(key + "elsewhere"), new JobOptions { DependsOn = [free] });
        string dependents = $"{world.Rq.KeyPrefix}job:{parent.Id}:dependents";
        await world.Rq.Database.SetAddAsync(dependents, ["no-such-job", finished.Id, free.Id]);

        await world.RunBurstAsync();

        (await parent.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await good.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await elsewhere.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (TestJobs.Runs(key + "good"), TestJobs.Runs(key + "finished"), TestJobs.Runs(key + "free")).ShouldBe((1, 1, 0));
        (await world.Rq.Database.KeyExistsAsync(dependents)).ShouldBeFalse();
        (await world.Queue("others").GetJobIdsAsync()).ShouldBe([free.Id]);

        await world.RunBurstAsync(["others"]);
        (TestJobs.Runs(key + "finished"), TestJobs.Runs(key + "free"), TestJobs.Runs(key + "elsewhere")).ShouldBe((1, 1, 1));
    }

    [Theory, OnEachBackend]
    public async Task S088_a_chain_stops_at_a_failure_and_goes_on_when_that_was_run_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        var chain = new List<Job>();
        for (int i = 0; i < 10; i++)
        {
            string item = i.ToString();
            var options = new JobOptions { Id = "c" + i, DependsOn = i == 0 ? null : [chain[i - 1]] };
            chain.Add(i == 1
                ? await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), options)
                : await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item), options));
        }

        await world.RunBurstAsync();
        foreach ((Job job, int i) in chain.Select((job, i) => (job, i)))
            (await job.GetStatusAsync()).ShouldBe(i switch { 0 => JobStatus.Finished, 1 => JobStatus.Failed, _ => JobStatus.Deferred });
        chain[2].DependencyIds.ShouldBe(["c1"]);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Deferred("default"))).ShouldBe(8);

        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "1"), new JobOptions { Id = "c1" });
        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        foreach (Job job in chain)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }
}
