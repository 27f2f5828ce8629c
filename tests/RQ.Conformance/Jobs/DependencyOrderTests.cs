using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Released children run in their order.</summary>
public class DependencyOrderTests
{
    [Theory, OnEachBackend]
    public async Task S085_children_run_in_the_order_in_which_they_were_enqueued(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] children = [.. Enumerable.Range(1, 200).Select(number => $"c{number:d3}")];
        for (int repeat = 0; repeat < 20; repeat++)
        {
            string list = Guid.NewGuid().ToString();
            Job parent = await world.Queue("parents").EnqueueAsync(() => TestJobs.Nothing());
            await world.Queue().EnqueueManyAsync(
                children.Select(child => JobCall.To("RQ.TestSupport.TestJobs.Note", list, child)), new JobOptions { DependsOn = [parent] });

            await world.RunBurstAsync(["parents", "default"]);

            TestJobs.Noted(list).ShouldBe(children);
        }
    }
}
