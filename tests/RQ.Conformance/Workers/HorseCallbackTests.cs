using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>Callbacks that nobody here knows, of jobs that run in work horses.</summary>
public class HorseCallbackTests
{
    [Theory]
    [InlineData(Isolation.WorkHorse)]
    [InlineData(Isolation.WorkHorsePerJob)]
    public async Task They_are_handed_over_also_for_jobs_whose_work_horse_died(Isolation isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var options = new JobOptions { OnSuccess = Callback.To("tasks.done"), OnFailure = Callback.To("tasks.done") };
        Job succeeds = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), options);
        Job fails = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), options);
        Job dies = await world.Queue().EnqueueAsync(() => HorseJobs.Exit(3), options);

        (await world.RunHorseBurstAsync(isolation)).ShouldBe(3);

        IReadOnlyList<Job> callbacks = await world.Queue().GetJobsAsync();
        callbacks.Single(each => (string?)each.Arguments[0] == succeeds.Id).Arguments.ShouldBe([succeeds.Id, null, 3L]);
        callbacks.Single(each => (string?)each.Arguments[0] == fails.Id).Arguments[2].ShouldBe("System.InvalidOperationException");
        callbacks.Single(each => (string?)each.Arguments[0] == dies.Id).Arguments[2].ShouldBe("RQ.WorkHorseTerminatedException");
        callbacks.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_callback_that_is_a_job_runs_in_a_work_horse()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions
        {
            OnSuccess = Callback.To(CallbackJobs.SaveResultAsync).AsJob(),
            OnFailure = Callback.To(CallbackJobs.SaveResultAsync).AsJob(),
        });

        // The job and the callback for its end; the other one is never taken.
        (await world.RunHorseBurstAsync()).ShouldBe(2);

        await job.RefreshAsync();
        job.Meta["result"].ShouldBe(3L);
    }
}
