using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Jobs that end while others come to wait for them, or at the same instant.</summary>
public class DependencyRaceTests
{
    [Theory, OnEachBackend]
    public async Task S079_a_child_enqueued_while_its_parent_is_finishing_runs_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const int rounds = 1000, lanes = 20;
        string run = Guid.NewGuid().ToString("N");
        world.Functions.Add("spins", (int turns) => Thread.SpinWait(turns));
        world.StartWorker(configure: options => options.Concurrency = 4);
        world.StartWorker(configure: options => options.Concurrency = 4);

        await Task.WhenAll(Enumerable.Range(0, lanes).Select(async lane =>
        {
            var random = new Random(lane);
            for (int round = lane; round < rounds; round += lanes)
            {
                var parents = new List<JobReference>();
                for (int i = 0; i < (round % 2 == 0 ? 1 : 3); i++)
                    parents.Add(await world.Queue().EnqueueAsync(JobCall.To("spins", random.Next(20_000))));
                // Round trips, so that the child comes at any moment of its parents' lives.
                for (int i = random.Next(4); i > 0; i--)
                    await world.Rq.Database.PingAsync();
                string key = run + round;
                await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { DependsOn = new Dependency([.. parents]) });
            }
        }));

        await Eventually.BecomesAsync(() => Enumerable.Range(0, rounds).All(round => TestJobs.Runs(run + round) > 0), "all children have run");
        Enumerable.Range(0, rounds).Count(round => TestJobs.Runs(run + round) != 1).ShouldBe(0);
        await Eventually.BecomesAsync(async () => await world.Rq.Database.HashLengthAsync(world.Rq.Keys.Releasing) == 0, "nothing is left to release");
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Deferred("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task S080_a_child_of_four_parents_that_finish_at_the_same_instant_is_queued_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        const int rounds = 500, parents = 4;
        using var barrier = new Barrier(parents);
        int ended = 0;
        var atChild = new List<int>();
        world.Functions.Add("meets", () =>
        {
            barrier.SignalAndWait(Eventually.Limit).ShouldBeTrue();
            Interlocked.Increment(ref ended);
        });
        world.Functions.Add("child", () => atChild.Add(Volatile.Read(ref ended)));
        for (int i = 0; i < parents; i++)
            world.StartWorker();

        for (int round = 0; round < rounds; round++)
        {
            IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("meets"), parents));
            Job child = await world.Queue().EnqueueAsync(JobCall.To("child"), new JobOptions { DependsOn = [.. jobs.Select(job => (JobReference)job)] });
            await child.WaitForResultAsync(Eventually.Limit);
        }

        atChild.ShouldBe(Enumerable.Range(1, rounds).Select(round => round * parents));
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Deferred("default"))).ShouldBe(0);
        (await world.Queue().CountAsync()).ShouldBe(0);
    }
}
