using RQ.TestSupport;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>
/// More proofs for <c>tests/golden-differences</c>: about jobs that are canceled, deleted, requeued, repeated, stopped, scheduled
/// or run by their caller, and about groups and rate limits.
/// </summary>
public class HarmlessRelationTests
{
    [Fact]
    public async Task Python_reads_and_runs_jobs_that_we_canceled()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job parent = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "parent"), new JobOptions { Id = "parent" });
        Job canceled = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "canceled"), new JobOptions { Id = "canceled", DependsOn = [parent] });
        await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "waiting"), new JobOptions { Id = "waiting", DependsOn = [parent] });
        await canceled.CancelAsync();
        await parent.CancelAsync(enqueueDependents: true);

        await python.RunAsync("""
            def is_a_year(key): return 31535000 < redis.ttl(key) <= 31536000
            assert all(map(is_a_year, ['rq:job:parent', 'rq:job:canceled', 'rq:job::canceled:dependencies']))
            assert sorted(CanceledJobRegistry(queue=queue()).get_job_ids()) == ['canceled', 'parent']
            assert fetch('parent').is_canceled and fetch('parent').dependent_ids == []
            assert fetch('canceled').is_canceled and fetch('canceled').dependency.id == 'parent' and fetch('canceled').enqueued_at is None
            assert queue().job_ids == ['waiting']
            """);
        await python.WorkAsync("default");
        await python.RunAsync("""
            assert fetch('waiting').is_finished and fetch('canceled').is_canceled
            queue().enqueue_job(fetch('canceled'))
            """);
        await python.WorkAsync("default");
        await python.RunAsync("""
            assert fetch('canceled').return_value() == 'canceled'
            assert 400 < redis.ttl('rq:job:canceled') <= 500
            """);
    }

    [Fact]
    public async Task Python_finds_no_trace_of_a_deleted_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "you"), new JobOptions { Id = "j" });
        await python.WorkAsync("default");
        await python.RunAsync("assert redis.exists('rq:results:j')");
        await job.DeleteAsync();

        // A job enqueued under the same id does not begin with the old one's result.
        await python.RunAsync("""
            assert not Job.exists('j', connection=redis) and not redis.exists('rq:results:j')
            job = queue().enqueue('python_tasks.echo', 'again', job_id='j')
            assert job.latest_result() is None and job.results() == [] and job.return_value() is None
            """);
    }

    [Fact]
    public async Task Python_runs_a_job_that_we_requeued()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.fail_times", 1), new JobOptions { Id = "j" });
        await python.WorkAsync("default");
        await job.RequeueAsync();

        await python.RunAsync("""
            job = fetch('j')
            assert job.is_queued and queue().job_ids == ['j'] and FailedJobRegistry(queue=queue()).count == 0
            assert not redis.hexists('rq:job:j', 'exc_info') and job._exc_info is None
            assert redis.ttl('rq:job:j') == -1
            assert 'call 1' in job.exc_info
            """);
        await python.WorkAsync("default");
        await python.RunAsync("""
            job = fetch('j')
            assert job.is_finished and job.return_value() == 2 and job.exc_info is None
            assert 400 < redis.ttl('rq:job:j') <= 500
            """);
    }

    [Fact]
    public async Task Python_reads_the_result_of_a_job_that_repeats()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "j", Repeat = new Repeat(2, TimeSpan.FromSeconds(90)) });
        await world.RunBurstAsync();

        await python.RunAsync("""
            job = fetch('j')
            assert not redis.hexists('rq:job:j', 'result')
            assert job.is_scheduled and job.return_value() == job.result == 3
            """);
    }

    [Fact]
    public async Task Python_schedules_by_our_fractions_of_seconds()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        DateTimeOffset due = new DateTimeOffset(2100, 1, 1, 12, 30, 15, TimeSpan.Zero).AddMilliseconds(250);
        await world.Queue().EnqueueAtAsync(due, JobCall.To("python_tasks.echo", "you"), new JobOptions { Id = "j", Ttl = TimeSpan.FromSeconds(500) });

        // The time to wait is Python's to start when it enqueues the job.
        await python.RunAsync("""
            from rq.scheduler import RQScheduler
            registry = ScheduledJobRegistry(queue=queue())
            assert registry.get_job_ids() == ['j'] and redis.zscore(registry.key, 'j') == 4102489815.25
            assert registry.get_scheduled_time('j') == datetime(2100, 1, 1, 12, 30, 15, 250000, tzinfo=timezone.utc)
            assert registry.get_jobs_to_schedule(4102489815) == [] and registry.get_jobs_to_schedule(4102489816) == ['j']
            assert fetch('j').ttl == 500 and redis.ttl('rq:job:j') == -1
            redis.zadd(registry.key, {'j': datetime.now().timestamp() - 1.25})
            scheduler = RQScheduler([queue()], connection=redis)
            scheduler.acquire_locks()
            scheduler.enqueue_scheduled_jobs()
            assert fetch('j').is_queued and queue().job_ids == ['j'] and registry.count == 0
            assert 400 < redis.ttl('rq:job:j') <= 500
            """);
    }

    [Fact]
    public async Task Python_runs_a_dependent_in_a_group_once()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await new Group(world.Rq, "batch").EnqueueManyAsync(world.Queue(), [
            new JobRequest(JobCall.To("python_tasks.fail_times", 0), new JobOptions { Id = "first" }),
            new JobRequest(JobCall.To("python_tasks.fail_times", 0), new JobOptions { Id = "second", DependsOn = ["first"] }),
        ]);

        await python.RunAsync("""
            assert queue().job_ids == ['first'] and DeferredJobRegistry(queue=queue()).get_job_ids() == ['second']
            assert fetch('second').is_deferred and fetch('second').enqueued_at is None and not fetch('second').allow_dependency_failures
            """);
        await python.WorkAsync("default");
        await python.RunAsync("""
            assert fetch('second').return_value() == 1 and len(fetch('second').results()) == 1
            assert fetch('first').ended_at <= fetch('second').enqueued_at
            """);
    }

    [Fact]
    public async Task Python_reads_a_stopped_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        string gate = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(
            () => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Id = "j", Retry = new Retry(1), OnStopped = Callback.To(CallbackJobs.StoppedAsync) });
        // Commands go to a worker's name, whatever the database.
        string name = $"w-{Guid.NewGuid():N}";
        RunningWorker worker = world.StartWorker(configure: options => options.Name = name);
        await TestJobs.Gate(gate).HasEnteredAsync();
        await job.StopAsync();
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Stopped, "the job is stopped");

        await python.RunAsync($"""
            job = fetch('j')
            assert job.is_stopped and job.worker_name == '{name}' and job.retries_left == 1
            assert job.started_at <= job.ended_at == job.last_heartbeat <= datetime.utcnow()
            assert job.exc_info == 'Job stopped by user, work-horse terminated.'
            assert FailedJobRegistry(queue=queue()).get_job_ids() == ['j']
            worker, = Worker.all(connection=redis)
            assert worker.failed_job_count == 1 and 0 < worker.total_working_time < 600, worker.total_working_time
            """);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Python_reads_jobs_run_by_their_caller()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Queue queue = world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = world.Functions } });
        await queue.EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "good" });
        await queue.EnqueueAsync(() => TestJobs.Fail("boom"), new JobOptions { Id = "bad" });

        await python.RunAsync("""
            for id in ('good', 'bad'):
                job = fetch(id)
                assert job.worker_name == 'sync' and job.started_at <= job.ended_at <= datetime.utcnow()
                _, fields = redis.xrange('rq:results:' + id)[0]
                assert fields[b'worker_name'] == b'sync' and b'execution_id' in fields and b'execution_ended_at' in fields
                assert job.latest_result().id == job.results()[0].id
            assert fetch('good').return_value() == 3 and 'boom' in fetch('bad').exc_info
            assert Worker.all(connection=redis) == [] and StartedJobRegistry(queue=queue()).count == 0
            """);
    }

    /// <summary>Python RQ 1.13 does not know the two types of results that a returned retry makes; it is taught them first.</summary>
    [Fact]
    public async Task Python_reads_results_of_a_returned_retry()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("return_retry", () => new Retry(1));
        await world.Queue().EnqueueAsync(JobCall.To("return_retry"), new JobOptions { Id = "j" });
        await world.RunBurstAsync();

        await python.RunAsync("""
            from enum import Enum
            from rq.results import Result
            Result.Type = Enum('Type', {'SUCCESSFUL': 1, 'FAILED': 2, 'STOPPED': 3, 'RETRIED': 4, 'MAX_RETRIES_EXCEEDED': 5})
            job = fetch('j')
            assert job.is_failed and job.return_value() is None and not redis.hexists('rq:job:j', 'result')
            last, first = job.results()
            assert first.type.value == 4 and first.return_value is None and first.exc_string is None
            assert last.type.value == 5 and last.return_value is None and 'returned a Retry' in last.exc_string
            assert FailedJobRegistry(queue=queue()).get_job_ids() == ['j']
            """);
    }

    /// <summary>
    /// Only versions of RQ after 2.10 know rate limits. What they do is done here in Python, as their golden file recorded it.
    /// </summary>
    [Fact]
    public async Task Python_lets_jobs_in_by_our_fractions_of_seconds()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        for (int i = 0; i < 3; i++)
            await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", i), new JobOptions { Id = $"j{i}", RateLimit = new RateLimit("k", 1) });

        await python.RunAsync("""
            limit, allowed, waiting = 'rq:rl:k', 'rq:rl:k:allowed', 'rq:rl:k:rate_limited'
            def acquire(now):
                if redis.zcard(allowed) < int(redis.hget(limit, 'concurrency')):
                    for id, _ in redis.zpopmin(waiting):
                        redis.zadd(allowed, {id: now})
                        return id.decode()
            assert not float(redis.zscore(waiting, 'j1')).is_integer()
            # Python's own scores are whole seconds; the next second's come after ours.
            redis.zadd(waiting, {'python': int(redis.zscore(waiting, 'j2')) + 1})
            order = []
            while redis.zrange(allowed, 0, -1):
                redis.zpopmin(allowed)
                order.append(acquire(1))
            assert order == ['j1', 'j2', 'python', None], order
            """);
    }

    /// <summary>The same: enqueueing a job of a limited kind writes both keys before it looks at them.</summary>
    [Fact]
    public async Task Python_begins_a_rate_limit_anew_after_its_last_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.echo", TestJobs.Echo);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "last", RateLimit = new RateLimit("k", 1) });
        await world.RunBurstAsync();

        await python.RunAsync("""
            assert redis.keys('rq:rl*') == []
            job = Job.create('python_tasks.echo', ['anew'], id='next', origin='default', connection=redis)
            redis.sadd('rq:rl-keys', 'k')
            redis.hset('rq:rl:k', 'concurrency', 1)
            job.save()
            redis.hset(job.key, mapping={'rate_limit_key': 'k', 'rate_limit_concurrency': 1, 'status': 'queued'})
            redis.zadd('rq:rl:k:allowed', {'next': int(datetime.now().timestamp())})
            redis.rpush('rq:queue:default', 'next')
            """);
        await world.RunBurstAsync();
        await python.RunAsync("""
            assert fetch('next').return_value() == 'anew'
            assert redis.keys('rq:rl*') == []
            """);
    }
}
