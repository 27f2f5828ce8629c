using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Proves what <c>tests/golden-differences</c> says: Python RQ reads what we write differently, and is not bothered.</summary>
public class HarmlessDifferenceTests
{
    [Fact]
    public async Task Python_reads_jobs_without_the_empty_fields()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "finished" });
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "failed" });
        await world.RunBurstAsync();
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "queued" });

        await python.RunAsync("""
            job = fetch('queued')
            assert job.get_status() == 'queued' and job.is_queued
            for name in ('started_at', 'ended_at', 'last_heartbeat', 'worker_name', 'success_callback', 'failure_callback'):
                assert getattr(job, name) is None, name
            for id in ('finished', 'failed'):
                job = fetch(id)
                assert job.get_status() == id
                assert job.started_at <= job.ended_at <= datetime.utcnow()
                assert job.success_callback is None and job.failure_callback is None
            assert [job.id for job in queue().jobs] == ['queued']
            """);
    }

    [Fact]
    public async Task Python_ignores_and_keeps_our_fields()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "j" });
        await world.RunBurstAsync();

        await python.RunAsync("""
            def ours(): return redis.hmget('rq:job:j', 'on_abandoned', 'enqueue_token', 'last_execution', 'last_outcome')
            before = ours()
            assert all(before), before
            job = fetch('j')
            job.save()
            job.set_status('finished')
            assert ours() == before
            assert job.return_value() == 3
            """);
    }

    [Fact]
    public async Task Python_reads_the_worker_beside_our_keys()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync("beside our keys", CancellationToken.None), new JobOptions { Id = "running" });
        RunningWorker worker = world.StartWorker(["default", "low"], options => options.Name = "w");
        await TestJobs.Gate("beside our keys").HasEnteredAsync();

        await python.RunAsync("""
            for key in ('rq:leases', 'rq:leases:owners', 'rq:worker:w:executions', 'rq:result-template'):
                assert redis.exists(key), key
            worker, = Worker.all(connection=redis)
            assert worker.name == 'w' and worker.queue_names() == ['default', 'low'] and worker.state == 'busy'
            assert worker.get_current_job_id() == b'running' or worker.get_current_job_id() == 'running'
            assert worker.get_current_job().get_status() == 'started'
            assert worker.successful_job_count == 1 and worker.failed_job_count == 0
            assert worker.birth_date <= worker.last_heartbeat <= datetime.utcnow()
            assert [each.name for each in Worker.all(queue=queue('low'))] == ['w']
            assert [each.name for each in Queue.all(connection=redis)] == ['default']
            clean_registries(queue())
            assert StartedJobRegistry(queue=queue()).count == 1
            """);

        TestJobs.Gate("beside our keys").Open();
        await worker.StopAsync();
        await python.RunAsync("""
            assert Worker.all(connection=redis) == []
            for key in ('rq:leases', 'rq:leases:owners', 'rq:worker:w:executions'):
                assert not redis.exists(key), key
            """);
    }

    [Fact]
    public async Task Python_reads_one_result_of_a_stream_copied_from_the_template()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "j" });
        await world.RunBurstAsync();

        await python.RunAsync("""
            assert redis.exists('rq:result-template')
            job = fetch('j')
            result, = job.results()
            assert result.type == result.Type.SUCCESSFUL and result.return_value == 3
            assert result.id == job.latest_result().id
            assert abs(result.created_at - datetime.now(timezone.utc)) < timedelta(minutes=2)
            assert 400 < redis.ttl('rq:results:j') <= 500
            """);
    }

    [Fact]
    public async Task Python_counts_the_same_failed_jobs()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "kept" });
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "deleted", FailureTtl = TimeSpan.Zero });
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "for-ever", FailureTtl = Timeout.InfiniteTimeSpan });
        await world.RunBurstAsync();

        // RQ's own entry of a job that is deleted at once goes with the clean-up that every count begins with.
        await python.RunAsync("""
            registry = FailedJobRegistry(queue=queue())
            ours = registry.get_job_ids()
            redis.zadd(registry.key, {'deleted': int(datetime.now().timestamp()) - 1})
            assert registry.get_job_ids() == ours == ['for-ever', 'kept'], ours
            assert not Job.exists('deleted', connection=redis)
            """);
    }

    [Fact]
    public async Task Python_reads_failures_in_our_words()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(JobCall.To("no_such_module.no_such_function"), new JobOptions { Id = "unknown" });
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "damaged" });
        await world.Rq.Database.HashSetAsync("rq:job:damaged", "data", "not pickle");
        await world.RunBurstAsync();

        await python.RunAsync("""
            assert 'no_such_module.no_such_function' in fetch('unknown').exc_info
            damaged = fetch('damaged')
            assert damaged.get_status() == 'failed'
            assert damaged.exc_info.strip() and damaged.latest_result().exc_string == damaged.exc_info
            assert damaged.data == b'not pickle'
            assert FailedJobRegistry(queue=queue()).count == 2
            """);
    }
}
