using RQ.Conformance.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Suspending workers, and schedulers, across the languages.</summary>
public class MixedControlTests
{
    [Fact]
    public async Task A_suspension_for_a_time_pauses_the_others_workers_and_ends_by_itself()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        string py = mixed.NameOf("py"), net = mixed.NameOf("net");
        mixed.StartWorker(inPython: true, py, "python");
        mixed.StartWorker(inPython: false, net, "net");
        await mixed.Python.RunAsync("until(lambda: Worker.count(connection=redis) == 2 and all(w.state == 'idle' for w in Worker.all(connection=redis)), 'both are idle')");

        // Python suspends; ours waits. A duration that Python gives is a TTL in seconds.
        await mixed.Side.CommandAsync("suspend", "--duration", "100");
        (await Worker.AreSuspendedAsync(mixed.World.Rq)).ShouldBeTrue();
        await mixed.Python.RunAsync($"""
            assert 30 < redis.ttl('rq:suspended') <= 100
            until(lambda: redis.hget('rq:worker:{net}', 'state') == b'suspended', 'ours is suspended')
            queue('net').enqueue(shared_tasks.add, 1, 2, job_id='net-job')
            """);
        (await mixed.World.Rq.Database.KeyExpireAsync("rq:suspended", TimeSpan.FromSeconds(1))).ShouldBeTrue();
        await mixed.EndsAsync("net-job");

        // Ours suspends; Python's waits.
        await Worker.SuspendAllAsync(mixed.World.Rq, TimeSpan.FromSeconds(100));
        await mixed.Python.RunAsync($"""
            from rq.suspension import is_suspended
            assert is_suspended(redis) and 30 < redis.ttl('rq:suspended') <= 100
            # RQ 1.13 blocks in its pop: it takes one more job, then sees that it is suspended.
            queue('python').enqueue(shared_tasks.add, 0, 0)
            until(lambda: redis.hget('rq:worker:{py}', 'state') == b'suspended', 'it is suspended')
            """);
        Job<int> job = await mixed.Queue("python").EnqueueAsync(() => PythonSharedTasks.Add(3, 4));
        await mixed.Python.RunAsync("assert queue('python').count == 1");
        await Worker.ResumeAllAsync(mixed.World.Rq);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
    }

    [Fact]
    public async Task Python_kills_a_work_horse_of_ours_and_the_job_has_failed_as_with_rq()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        string name = $"horses-{Guid.NewGuid():N}";
        RunningWorker worker = mixed.World.StartWorker(["default"], mixed.World.Horses(["--name", name, "default"], configure: options => options.Name = name));
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), new JobOptions { Id = "j" });
        await mixed.HasBegunAsync("j");

        await mixed.Python.RunAsync($"""
            send_kill_horse_command(redis, '{name}')
            until(lambda: status('j') != 'started', 'it has ended')
            job = fetch('j')
            assert job.is_failed and 'Work-horse terminated unexpectedly; waitpid returned 9 (signal 9)' in job.exc_info, job.exc_info
            assert q.failed_job_registry.get_job_ids() == ['j'] and q.started_job_registry.count == 0
            q.enqueue(shared_tasks.add, 1, 2, job_id='next')
            until_is('next', 'finished')
            send_shutdown_command(redis, '{name}')
            until(lambda: Worker.count(connection=redis) == 0, 'it has left')
            """);
        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_retry_that_one_schedules_is_promoted_by_the_other(bool pythonRuns)
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        var retry = new JobOptions { Id = "j", Retry = new Retry(1, TimeSpan.FromSeconds(1)) };
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(1, null!), retry);
        if (pythonRuns)
        {
            await mixed.Side.WorkAsync("default");
            await mixed.Python.RunAsync("assert status('j') == 'scheduled' and q.scheduled_job_registry.get_job_ids() == ['j'] and fetch('j').retries_left == 0");
            await using RunningScheduler scheduler = RunningScheduler.Start(mixed.World, "default");
            await mixed.BecomesAsync("j", JobStatus.Queued);
            await mixed.Side.WorkAsync("default");
        }
        else
        {
            await mixed.World.RunBurstAsync();
            await mixed.Python.RunAsync("""
                from rq.scheduler import RQScheduler
                assert status('j') == 'scheduled' and q.scheduled_job_registry.get_job_ids() == ['j'] and fetch('j').retries_left == 0
                scheduler = RQScheduler([q], connection=redis)
                assert scheduler.acquire_locks() == {'default'}
                def promoted():
                    scheduler.enqueue_scheduled_jobs()
                    return status('j') == 'queued'
                until(promoted, 'it is promoted')
                scheduler.stop()
                """);
            await mixed.World.RunBurstAsync();
        }

        await mixed.Python.RunAsync("""
            assert fetch('j').return_value() == 2 and fetch('j').retries_left == 0 and q.finished_job_registry.get_job_ids() == ['j']
            assert q.count == q.scheduled_job_registry.count == q.failed_job_registry.count == 0
            """);
    }

    /// <summary>RQ 1.13 deletes the locks of all its queues when it stops, also those that others hold.</summary>
    [Fact]
    public async Task Our_scheduler_goes_on_when_a_python_scheduler_that_stops_takes_its_lock_away()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await using RunningScheduler ours = RunningScheduler.Start(mixed.World, "default");
        await ours.HoldsAsync(mixed.World.Rq);

        await mixed.Python.RunAsync("""
            from rq.scheduler import RQScheduler
            scheduler = RQScheduler([q], connection=redis)
            assert scheduler.acquire_locks() == set()
            scheduler.release_locks()
            """);
        await ours.HoldsAsync(mixed.World.Rq);
        await mixed.Python.RunAsync("q.enqueue_in(timedelta(seconds=1), shared_tasks.add, 1, 2, job_id='j')");
        await mixed.BecomesAsync("j", JobStatus.Queued);
        await mixed.Python.RunAsync("assert q.job_ids == ['j'] and q.scheduled_job_registry.count == 0");
    }

    [Fact]
    public async Task A_job_that_repeats_is_run_once_by_python_and_keeps_its_wish()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(0, null!), new JobOptions { Id = "j", Repeat = new Repeat(3, TimeSpan.FromSeconds(1)) });
        await mixed.Side.WorkAsync("default");

        await mixed.Python.RunAsync("""
            assert fetch('j').return_value() == 1 and q.scheduled_job_registry.count == 0 and 400 < redis.ttl('rq:job:j') <= 500
            assert redis.hmget('rq:job:j', 'repeats_left', 'repeat_intervals') == [b'3', b'[1]']
            """);
        // Whoever runs it here again takes the wish up where it stands.
        await mixed.Queue().EnqueueAsync(await mixed.FetchAsync("j"));
        await mixed.World.RunBurstAsync();
        await mixed.Python.RunAsync("assert fetch('j').is_scheduled and redis.hget('rq:job:j', 'repeats_left') == b'2' and fetch('j').return_value() == 2");
    }
}
