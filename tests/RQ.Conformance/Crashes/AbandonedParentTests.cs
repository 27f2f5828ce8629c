using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>What waits for a job whose worker is killed. Runs alone, because recovery is timed.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Crashes")]
public class AbandonedParentTests
{
    [Fact]
    public async Task S082_a_child_that_allows_failure_starts_when_its_parents_worker_was_killed()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess victim = await WorkerProcess.StartAsync(world.Url, "busy");
        RunningWorker second = world.StartWorker(["children"]);
        await Eventually.BecomesAsync(async () => await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Leases) == 2, "both workers have leases");
        await Transitions.Leases.IsRenewedAsync(world.Rq, second.Name, times: 5);
        string key = Guid.NewGuid().ToString("N");
        Job parent = await world.Queue("busy").EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(key, null!), new JobOptions { OnAbandoned = AbandonedJob.Fail });
        Job lenient = await world.Queue("children").EnqueueAsync(
            () => ProcessJobs.CountAsync(key + "-child", null!), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        Job strict = await world.Queue("children").EnqueueAsync(() => ProcessJobs.CountAsync(key + "-strict", null!), new JobOptions { DependsOn = [parent] });
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1, "the parent runs");

        long killed = Stopwatch.GetTimestamp();
        victim.Kill();
        await lenient.WaitForResultAsync(Eventually.Limit);

        Stopwatch.GetElapsedTime(killed).ShouldBeLessThan(KilledWorkerTests.Promised);
        (await parent.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await strict.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await ProcessJobs.RunsAsync(world.Rq, key + "-child")).ShouldBe(1);
        (await ProcessJobs.RunsAsync(world.Rq, key + "-strict")).ShouldBe(0);
    }
}
