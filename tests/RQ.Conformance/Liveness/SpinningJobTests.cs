using System.Diagnostics;
using RQ.Conformance.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>A worker whose jobs take all of the machine. Runs alone, because that is what it does.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Busy")]
public class SpinningJobTests
{
    [Fact]
    public async Task S098_sixteen_spinning_jobs_and_a_starved_thread_pool_are_not_taken_for_a_death()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess observer = await WorkerProcess.StartAsync(world.Url, "--name", "observer", "idle");
        await using WorkerProcess busy = await WorkerProcess.StartAsync(world.Url, "--name", "busy", "--concurrency", "16", "busy");
        await Leases.IsRenewedAsync(world.Rq, "observer", times: 5);
        string key = Guid.NewGuid().ToString("N");
        var jobs = new List<Job>();
        for (int i = 0; i < 15; i++)
        {
            string own = $"{key}-{i}";
            jobs.Add(await world.Queue("busy").EnqueueAsync(() => ProcessJobs.SpinAsync(own, 10, null!)));
        }

        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key + "-14") == 1, "they spin");
        jobs.Add(await world.Queue("busy").EnqueueAsync(() => ProcessJobs.StarveThreadPoolAsync(key + "-15", null!)));

        (TimeSpan gap, double last) = (TimeSpan.Zero, 0);
        long beaten = Stopwatch.GetTimestamp();
        while (!await AllFinishedAsync(jobs))
        {
            double lease = await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Leases, "busy") ?? 0;
            if (lease != last)
                (last, beaten) = (lease, Stopwatch.GetTimestamp());
            TimeSpan since = Stopwatch.GetElapsedTime(beaten);
            gap = since > gap ? since : gap;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        gap.ShouldBeLessThan(Redis.Transitions.WorkerRecord.LeaseTime);
        for (int i = 0; i < 16; i++)
            (await ProcessJobs.RunsAsync(world.Rq, $"{key}-{i}")).ShouldBe(1);
        observer.Output.ShouldNotContain("found dead");
    }

    private static async Task<bool> AllFinishedAsync(List<Job> jobs)
    {
        foreach (Job job in jobs)
        {
            if (await job.GetStatusAsync() != JobStatus.Finished)
                return false;
        }

        return true;
    }
}
