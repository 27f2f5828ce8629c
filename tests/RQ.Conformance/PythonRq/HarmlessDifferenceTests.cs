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
    public async Task Python_reads_calls_that_are_not_compressed()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        string text = string.Concat(Enumerable.Range(0, 40).Select(i => $"{i} "));
        foreach (JobSerializer serializer in new[] { JobSerializer.Pickle, JobSerializer.Json })
        {
            foreach ((string id, object argument) in new (string, object)[] { ("short", 1), ("long", text) })
                await world.Queue().EnqueueAsync(JobCall.To("operator.mul", argument, 2), new JobOptions { Id = $"{id}-{serializer.Name}", Serializer = serializer });
        }

        await python.RunAsync($"""
            from rq.serializers import JSONSerializer
            for name, serializer in (('pickle', None), ('json', JSONSerializer)):
                data = redis.hget('rq:job:short-' + name, 'data')
                assert data[0] == (0x80 if name == 'pickle' else ord('[')) and len(data) <= 64, data
                assert redis.hget('rq:job:long-' + name, 'data')[0] == 0x78
                short, long = (Job.fetch(id + name, connection=redis, serializer=serializer) for id in ('short-', 'long-'))
                assert short.func_name == 'operator.mul' and list(short.args) == [1, 2] and short.kwargs == {"{}"}
                assert short.perform() == 2 and list(long.args) == ['{text}', 2]
            """);
    }

    [Fact]
    public async Task Python_reads_expiries_with_fractions()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(JobCall.To("RQ.TestSupport.SharedJobs.Nothing"), new JobOptions { Id = "kept" });
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Finished("default"), "kept", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 100.125);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Finished("default"), "over", DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 100.875);

        await python.RunAsync("""
            import datetime
            from rq.registry import FinishedJobRegistry
            registry = FinishedJobRegistry(connection=redis)
            assert registry.get_job_ids() == ['kept'], registry.get_job_ids()
            left = registry.get_expiration_time(Job.fetch('kept', connection=redis)) - datetime.datetime.utcnow()
            assert 60 < left.total_seconds() <= 101, left
            assert registry.count == 1 and redis.zcard('rq:finished:default') == 1
            """);
    }

    [Fact]
    public async Task Python_ignores_and_keeps_our_fields()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(world.Url, "our fields"), new JobOptions { Id = "j", Retry = new Retry(1) });
        await world.RunBurstAsync();
        await (await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "canceled" })).CancelAsync();
        await (await Job.FetchAsync("j", world.Rq)).SetMetaAsync("by", "us");

        await python.RunAsync("""
            def ours(): return redis.hmget('rq:job:j', 'on_abandoned', 'enqueue_token', 'last_execution', 'last_outcome', 'attempts', 'meta_token') + redis.hmget('rq:job:canceled', 'change_token')
            before = ours()
            assert all(before), before
            job = fetch('j')
            assert job.meta == {'by': 'us'}, job.meta
            job.save()
            job.meta['by'] = 'Python'
            job.save_meta()
            job.set_status('finished')
            fetch('canceled').save()
            assert ours() == before
            assert job.latest_result().type.value == 1
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
            assert all(31535000 < redis.ttl('rq:results:' + id) <= redis.ttl('rq:job:' + id) for id in ('unknown', 'damaged'))
            """);
    }

    [Fact]
    public async Task Python_ignores_and_keeps_options_of_newer_versions()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "you"), new JobOptions
        {
            Id = "j",
            OnSuccess = Callback.To("python_tasks.note_success", TimeSpan.FromSeconds(5)),
            OnStopped = Callback.To("python_tasks.on_stopped", TimeSpan.FromSeconds(5)),
            Repeat = new Repeat(2, TimeSpan.FromSeconds(5)),
            Retry = new Retry(1) { AtFront = true },
            Webhooks = [new Webhook("http://127.0.0.1:1/", JobStatus.Finished)],
        });

        await python.RunAsync("""
            job = fetch('j')
            assert job.success_callback.__name__ == 'note_success', job.success_callback
            job.save()
            """);
        await python.WorkAsync("default");
        await python.RunAsync("""
            job = fetch('j')
            assert job.is_finished, job.exc_info
            assert job.return_value() == 'you'
            names = ['stopped_callback_name', 'success_callback_timeout', 'repeats_left', 'repeat_intervals', 'webhooks', 'enqueue_at_front_on_retry']
            assert all(redis.hmget('rq:job:j', *names)), redis.hgetall('rq:job:j')
            """);
    }

    [Fact]
    public async Task Python_reads_the_flags_of_dependencies()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job parent = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.fail", "no"), new JobOptions { Id = "parent" });
        await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "you"), new JobOptions { Id = "strict", DependsOn = [parent], Ttl = TimeSpan.FromSeconds(1000) });
        await world.Queue().EnqueueAsync(
            JobCall.To("python_tasks.echo", "you"), new JobOptions { Id = "lenient", DependsOn = new Dependency(parent) { AllowFailure = true }, Ttl = TimeSpan.FromSeconds(1000) });

        await python.RunAsync("""
            assert not fetch('strict').allow_dependency_failures and fetch('lenient').allow_dependency_failures
            assert not fetch('strict').enqueue_at_front and not fetch('lenient').enqueue_at_front
            assert fetch('strict').dependency.id == fetch('lenient').dependency.id == 'parent'
            assert fetch('strict').ttl == 1000
            """);
        await python.WorkAsync("default");
        await python.RunAsync("""
            assert fetch('strict').is_deferred and fetch('lenient').is_finished
            assert redis.ttl('rq:job:lenient') <= 500, redis.ttl('rq:job:lenient')
            """);
    }

    [Fact]
    public async Task Python_waits_in_the_order_of_our_retry_intervals()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(
            () => TestJobs.Nothing(), new JobOptions { Id = "j", Retry = new Retry(4, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(120)) });

        // Python's own list of two would wait 60, 60, 60 and 120 s; ours says the last one holds for all that follow.
        await python.RunAsync("""
            job = fetch('j')
            waits = []
            for left in range(job.retries_left, 0, -1):
                job.retries_left = left
                waits.append(job.get_retry_interval())
            assert waits == [60, 120, 120, 120], waits
            """);
    }

    [Fact]
    public async Task Python_finds_no_trace_of_an_expired_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "j", Ttl = TimeSpan.FromSeconds(1) });
        await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync("rq:job:j"), "the job expires");
        await world.RunBurstAsync();

        await python.RunAsync("""
            assert queue().job_ids == [] and queue().count == 0
            assert not Job.exists('j', connection=redis)
            assert not redis.keys('*j*'), redis.keys('*j*')
            """);
    }

    [Fact]
    public async Task Python_reads_the_text_in_the_place_of_a_value_that_cannot_be_stored()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => ShapedJobs.ReturnsWhatCannotBeStored(), new JobOptions { Id = "j" });
        await world.RunBurstAsync();

        await python.RunAsync("""
            job = fetch('j')
            assert job.is_finished and job.return_value() == 'Unserializable return value'
            assert FinishedJobRegistry(queue=queue()).get_job_ids() == ['j'] and FailedJobRegistry(queue=queue()).count == 0
            """);
    }
}
