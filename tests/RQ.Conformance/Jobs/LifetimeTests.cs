using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Jobs that have ended go when they should, and with all that belongs to them.</summary>
public class LifetimeTests
{
    [Theory, OnEachBackend]
    public async Task S028_failed_jobs_go_when_their_time_is_over(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        Job brief = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { FailureTtl = TimeSpan.FromSeconds(2) });
        Job none = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { FailureTtl = TimeSpan.Zero });
        Job year = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"));
        await world.RunBurstAsync();

        (await db.KeyTimeToLiveAsync(world.Rq.Keys.Job(year.Id))).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(31_536_000 - 60, 31_536_000);
        (await db.KeyExistsAsync([world.Rq.Keys.Job(none.Id), world.Rq.Keys.Results(none.Id)])).ShouldBe(0);
        (await FailedAsync()).ShouldNotContain(none.Id);

        await Eventually.BecomesAsync(async () => await db.KeyExistsAsync([world.Rq.Keys.Job(brief.Id), world.Rq.Keys.Results(brief.Id)]) == 0, "job and results are gone");
        await Eventually.BecomesAsync(
            async () =>
            {
                await world.RunBurstAsync();
                return !(await FailedAsync()).Contains(brief.Id);
            },
            "a cleanup drops the id");
        (await FailedAsync()).ShouldBe([year.Id]);

        async Task<string[]> FailedAsync() => (await db.SortedSetRangeByRankAsync(world.Rq.Keys.Failed("default"))).ToStringArray()!;
    }

    [Theory, OnEachBackend]
    public async Task S029_a_result_that_is_kept_for_ever_outlives_every_cleanup(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = Timeout.InfiniteTimeSpan });
        Job brief = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { ResultTtl = TimeSpan.FromSeconds(1) });
        await world.RunBurstAsync();

        // Three cleanups, the last one when a job that was kept for a second is gone from the registry.
        await world.RunBurstAsync();
        await world.RunBurstAsync();
        await Eventually.BecomesAsync(
            async () =>
            {
                await world.RunBurstAsync();
                return await db.SortedSetScoreAsync(world.Rq.Keys.Finished("default"), brief.Id) is null;
            },
            "a cleanup drops the id of the other job");

        (await db.SortedSetScoreAsync(world.Rq.Keys.Finished("default"), job.Id)).ShouldBe(double.PositiveInfinity);
        (await db.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull();
        (await db.KeyTimeToLiveAsync(world.Rq.Keys.Results(job.Id))).ShouldBeNull();
        (await job.GetLatestResultAsync()).ShouldNotBeNull().ReturnValue.ShouldBe(3L);
    }
}
