using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

public class FirstJobTests
{
    [Theory, OnEachBackend]
    public async Task A_job_runs_and_its_result_is_read(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int x = 3;

        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(x, 4));
        job.Status.ShouldBe(JobStatus.Queued);
        (await job.GetLatestResultAsync()).ShouldBeNull();
        world.StartWorker();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
    }
}
