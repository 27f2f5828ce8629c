using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Schedulers of Python RQ 1.13 and ours, side by side.</summary>
public class PythonSchedulerTests
{
    [Fact]
    public async Task A_job_that_python_scheduled_is_queued_soon_after_it_is_due()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await using RunningScheduler scheduler = RunningScheduler.Start(world);
        world.StartWorker();
        await python.RunAsync("""
            queue().enqueue_in(timedelta(seconds=2), 'RQ.TestSupport.TestJobs.Add', 1, 2, job_id='in')
            queue().enqueue_at(datetime.now(timezone.utc) + timedelta(seconds=2), 'RQ.TestSupport.TestJobs.Add', 3, 4, job_id='at')
            """);

        foreach (string id in new[] { "in", "at" })
        {
            Job job = await Job.FetchAsync(id, world.Rq);
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "the job has run");
            DateTimeOffset created = job.CreatedAt!.Value;
            // Python cuts to whole seconds.
            (job.EnqueuedAt!.Value - created).TotalSeconds.ShouldBeInRange(1, 20);
        }

        await python.RunAsync("assert fetch('in').result == 3 and fetch('at').result == 7 and len(ScheduledJobRegistry(queue=queue())) == 0");
    }

    [Fact]
    public async Task Our_scheduler_stands_by_while_pythons_holds_the_lock()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        PythonWorker worker = python.StartWorker("--with-scheduler", "default");
        string pid = await Eventually.GivesAsync(() => ScheduleOf.OwnerAsync(world), "Python's scheduler holds the lock");
        int.TryParse(pid, out _).ShouldBeTrue();
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");
        Job job = await world.Queue().EnqueueInAsync(TimeSpan.FromSeconds(1.25), JobCall.To("python_tasks.echo", "you"));
        (await world.Queue().FindSchedulerAsync())!.ProcessId.ShouldBe(int.Parse(pid));

        (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe("you");
        (await ScheduleOf.OwnerAsync(world)).ShouldBe(pid);
        ScheduleOf.Logged(world, 151).ShouldBeEmpty();

        // Killed, it leaves its lock behind, which lives for a minute.
        worker.Dispose();
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.SchedulerLock("default"), TimeSpan.FromSeconds(1));
        await scheduler.HoldsAsync(world.Rq);
    }

    [Fact]
    public async Task Pythons_scheduler_stands_by_while_ours_holds_the_lock()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await using RunningScheduler scheduler = RunningScheduler.Start(world, "default");
        await scheduler.HoldsAsync(world.Rq);
        using PythonWorker worker = python.StartWorker("--with-scheduler", "default");
        await Eventually.BecomesAsync(async () => await Worker.CountAsync(world.Rq) == 1, "Python's worker is there");

        Job job = await world.Queue().EnqueueInAsync(TimeSpan.FromSeconds(1.5), JobCall.To("python_tasks.echo", "you"));

        (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe("you");
        (await ScheduleOf.OwnerAsync(world)).ShouldBe(scheduler.Name);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.SchedulerLock("default"))).ShouldNotBeNull().TotalSeconds.ShouldBeLessThanOrEqualTo(5);
    }

    [Fact]
    public async Task Pythons_scheduler_takes_over_when_ours_has_left()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await using (RunningScheduler scheduler = RunningScheduler.Start(world, "default"))
        {
            await scheduler.HoldsAsync(world.Rq);
            await python.RunAsync("""
                from rq.scheduler import RQScheduler
                assert RQScheduler([queue()], connection=redis).acquire_locks() == set()
                """);
        }

        await python.RunAsync("""
            from rq.scheduler import RQScheduler
            assert redis.keys('rq:scheduler:*') == [] and RQScheduler([queue()], connection=redis).acquire_locks() == {'default'}
            """);
    }
}
