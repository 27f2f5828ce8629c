using RQ.Conformance.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>
/// A site of ours with jobs in every state, read as rq-dashboard, django-rq and rq-exporter read: nothing raises, and the
/// numbers are right.
/// </summary>
public class DashboardReaderTests
{
    [Fact]
    public async Task Rq_dashboard_finds_every_queue_job_and_worker()
    {
        await using MixedWorld mixed = await SiteAsync();
        await mixed.Python.RunAsync("""
            # Its list of queues: counted without cleaning up.
            queues = {each.name: each for each in Queue.all(connection=redis)}
            assert sorted(queues) == ['default', 'other'], queues
            counts = {kind: redis.zcard('rq:%s:default' % kind) for kind in ('failed', 'wip', 'deferred', 'finished', 'canceled', 'scheduled')}
            assert counts == {'failed': 2, 'wip': 2, 'deferred': 1, 'finished': 1, 'canceled': 1, 'scheduled': 2}, counts
            assert queues['default'].count == 0 and queues['other'].count == 3

            assert [fetch('queued-%d' % n).get_position() for n in range(3)] == [0, 1, 2] and fetch('running').get_position() is None

            # Its page of each job.
            texts = {}
            for id in ('finished', 'failed', 'stopped', 'deferred', 'scheduled', 'canceled', 'running', 'busy', 'queued-0'):
                job = fetch(id)
                times = [job.created_at, job.enqueued_at, job.started_at, job.ended_at]
                assert all(each is None or isinstance(each, datetime) for each in times) and job.created_at is not None
                assert job.origin in queues and isinstance(job.description, str) and job.description
                json.dumps({'status': job.get_status(), 'meta': job.meta, 'result': job.return_value(), 'description': job.description})
                latest = job.latest_result()
                texts[id] = latest and latest.exc_string
                job.get_call_string(), job.dependent_ids, job.exc_info, job.timeout, job.result_ttl, job.ttl
            assert 'InvalidOperationException: no' in texts['failed'] and 'stopped by user' in texts['stopped']
            assert [id for id, text in texts.items() if text] == ['failed', 'stopped'], texts
            assert fetch('finished').return_value() == 3 and fetch('finished').meta == {'k': ['v']}

            # Its list of workers.
            workers = {worker.name: worker for worker in Worker.all(connection=redis)}
            assert sorted(workers) == [name_of('busy'), name_of('idle')]
            for worker in workers.values():
                assert worker.name == name_of(worker.get_state()) and worker.pid == int(redis.hget(worker.key, 'pid')) and worker.hostname and worker.ip_address
                assert worker.birth_date <= worker.last_heartbeat <= datetime.utcnow() + timedelta(seconds=1) and worker.version and worker.python_version
                assert isinstance(worker.successful_job_count, int) and isinstance(worker.failed_job_count, int) and isinstance(worker.total_working_time, (int, float))
            assert workers[name_of('idle')].get_current_job_id() is None and not redis.hexists('rq:worker:' + name_of('idle'), 'current_job')
            current = workers[name_of('busy')].get_current_job()
            assert current.id in ('running', 'busy') and current.get_status() == 'started' and current.description and current.created_at and current.get_call_string()
            assert Worker.find_by_key('rq:worker:' + name_of('idle'), connection=redis).queue_names() == ['default', 'other']
            """);
    }

    [Fact]
    public async Task Django_rq_finds_what_its_pages_and_its_statistics_show()
    {
        await using MixedWorld mixed = await SiteAsync();
        await using RunningScheduler scheduler = RunningScheduler.Start(mixed.World, "other");
        await scheduler.HoldsAsync(mixed.World.Rq, "other");
        await mixed.Python.RunAsync("""
            # The front page: the oldest and the newest job of each queue, and counts that clean up first.
            for name, ids in (('other', ['queued-0', 'queued-1', 'queued-2']), ('default', [])):
                ends = [redis.lindex(queue(name).key, index) for index in (0, -1)]
                assert [end and end.decode() for end in ends] == ([ids[0], ids[-1]] if ids else [None, None])
                for end in filter(None, ends):
                    at = fetch(end.decode()).enqueued_at
                    assert isinstance(at, datetime) and at <= datetime.utcnow()
            lengths = [len(registry) for registry in (q.finished_job_registry, q.started_job_registry, q.deferred_job_registry, q.failed_job_registry, q.scheduled_job_registry)]
            assert lengths == [1, 2, 1, 2, 2], lengths
            assert Worker.count(queue=q) == 2 and len(Worker.all(queue=queue('other'))) == 1
            clean = [registry.get_job_ids() for registry in (q.failed_job_registry, q.canceled_job_registry)]
            assert sorted(clean[0]) == ['failed', 'stopped'] and clean[1] == ['canceled'], clean

            # Who schedules: int() of the lock, which for a scheduler with a name is no number, as with RQ since 2.10.
            until(lambda: redis.get('rq:scheduler-lock:other') is not None, 'somebody schedules')
            owner = redis.get('rq:scheduler-lock:other').decode()
            try: int(owner)
            except ValueError: pass
            else: raise AssertionError(owner)
            record = {key.decode(): value.decode() for key, value in redis.hgetall('rq:scheduler:' + owner).items()}
            assert record['name'] == owner and int(record['pid']) > 0 and record['hostname'] and record['queues'] == 'other', record
            for name in ('created_at', 'last_heartbeat'): datetime.strptime(record[name], '%Y-%m-%dT%H:%M:%S.%fZ')
            assert redis.get('rq:scheduler-lock:default') is None and q.scheduler_pid is None

            # The page of started jobs: job and execution, and the hash of each execution.
            for member in redis.zrange('rq:wip:default', 0, -1):
                id, execution = member.decode().split(':')
                until(lambda: redis.exists('rq:execution:%s:%s' % (id, execution)), 'it has beaten once, in its first seconds')
                record = {key.decode(): value.decode() for key, value in redis.hgetall('rq:execution:%s:%s' % (id, execution)).items()}
                assert record['id'] == execution and time.time() - 300 < float(record['created_at']) <= float(record['last_heartbeat']) <= time.time() + 1, record
                assert record['worker_name'] == name_of('busy') and record['job_id'] == id

            # Its page of a job also looks into the hash for old results.
            for id in ('finished', 'failed', 'stopped', 'running'):
                assert not redis.hexists('rq:job:' + id, 'result') and not redis.hexists('rq:job:' + id, 'exc_info')
                for result in fetch(id).results(): assert result.created_at and result.type.value in (1, 2)
            assert [each.decode() for each in fetch('deferred').dependency_ids] == ['rq:job:running'] and fetch('running').dependent_ids == ['deferred']

            # Its statistics for Prometheus.
            for worker in Worker.all(connection=redis):
                assert worker.state in ('idle', 'busy', 'suspended', 'started') and ','.join(worker.queue_names())
                # In seconds: all that ran took less than a minute.
                assert worker.successful_job_count >= 0 and worker.failed_job_count >= 0 and 0 <= worker.total_working_time < 60
            assert sum(worker.successful_job_count for worker in Worker.all(connection=redis)) == 1
            assert sum(worker.failed_job_count for worker in Worker.all(connection=redis)) == 3
            """);
    }

    [Fact]
    public async Task Rq_exporter_counts_workers_and_jobs()
    {
        await using MixedWorld mixed = await SiteAsync();
        await mixed.Python.RunAsync("""
            before = {key: redis.dump(key) for key in redis.keys('rq:*') if not key.startswith((b'rq:worker', b'rq:wip', b'rq:execution', b'rq:lease', b'rq:job', b'rq:clean'))}
            workers = [(worker.name, ','.join(worker.queue_names()), worker.state) for worker in Worker.all(connection=redis)]
            assert sorted(workers) == [(name_of('busy'), 'default', 'busy'), (name_of('idle'), 'default,other', 'idle')], workers
            jobs = {}
            for name in [key.decode()[len('rq:queue:'):] for key in redis.smembers('rq:queues')]:
                jobs[name] = [redis.llen('rq:queue:' + name)] + [redis.zcard('rq:%s:%s' % (kind, name)) for kind in ('wip', 'finished', 'failed', 'deferred', 'scheduled')]
            assert jobs == {'default': [0, 2, 1, 2, 1, 2], 'other': [3, 0, 0, 0, 0, 0]}, jobs
            assert before == {key: redis.dump(key) for key in before}, 'reading has changed something'
            for key in redis.keys('rq:worker:*'):
                if redis.type(key) != b'hash': continue
                record = {field.decode(): value.decode() for field, value in redis.hgetall(key).items()}
                int(record['pid']), int(record.get('successful_job_count', 0)), int(record.get('failed_job_count', 0)), float(record.get('total_working_time', 0))
                for name in ('birth', 'last_heartbeat'): datetime.strptime(record[name], '%Y-%m-%dT%H:%M:%S.%fZ')
            """);
    }

    [Fact]
    public async Task Cron_schedulers_of_ours_are_listed_as_pythons_own()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.World.Rq.Cron.AddOrUpdateAsync("nightly", "30 2 * * *", () => PythonSharedTasks.Add(1, 2));
        mixed.World.StartWorker(configure: options => options.WithScheduler = true);
        await mixed.Python.RunAsync("""
            until(lambda: redis.zcard('rq:cron_schedulers') == 1, 'it is listed')
            (name, beat), = redis.zrange('rq:cron_schedulers', 0, -1, withscores=True)
            assert abs(time.time() - beat) < 120
            record = {key.decode(): value.decode() for key, value in redis.hgetall(b'rq:cron_scheduler:' + name).items()}
            assert record['name'] == name.decode() and int(record['pid']) > 0 and record['hostname'] and 'config_file' in record, record
            job, = json.loads(record['cron_jobs'])
            assert job['func_name'] == 'shared_tasks.add' and job['queue_name'] == 'default' and job['cron'] == '30 2 * * *' and json.loads(job['args']) == [1, 2], job
            assert job['latest_enqueue_time'] is None and datetime.strptime(job['next_enqueue_time'], '%Y-%m-%dT%H:%M:%S.%fZ') > datetime.utcnow()
            """);
    }

    /// <summary>One job in each state on "default", three queued on "other", a busy worker with two jobs and an idle one.</summary>
    private static async Task<MixedWorld> SiteAsync()
    {
        MixedWorld mixed = await MixedWorld.CreateAsync();
        Queue queue = mixed.Queue();
        RunningWorker worker = mixed.World.StartWorker(configure: options => (options.Name, options.Concurrency) = (mixed.NameOf("busy"), 2));
        await queue.EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "finished", Meta = new Dictionary<string, object?> { ["k"] = new[] { "v" } } });
        await queue.EnqueueAsync(() => PythonSharedTasks.Fail("no"), new JobOptions { Id = "failed" });
        await queue.EnqueueAsync(() => PythonSharedTasks.Fail("no"), new JobOptions { Id = "retried", Retry = new Retry(1, TimeSpan.FromHours(1)) });
        await mixed.BecomesAsync("retried", JobStatus.Scheduled);
        Job stopped = await queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), new JobOptions { Id = "stopped" });
        await mixed.HasBegunAsync("stopped");
        await stopped.StopAsync();
        await mixed.BecomesAsync("stopped", JobStatus.Stopped);
        await queue.EnqueueInAsync(TimeSpan.FromHours(1), () => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "scheduled" });
        await queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), new JobOptions { Id = "running" });
        await queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), new JobOptions { Id = "busy" });
        await mixed.HasBegunAsync("running");
        await mixed.HasBegunAsync("busy");
        await queue.EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "deferred", DependsOn = ["running"] });
        Job canceled = await queue.EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "canceled" });
        await canceled.CancelAsync();
        for (int i = 0; i < 3; i++)
            await mixed.Queue("other").EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = $"queued-{i}" });
        await mixed.Queue("other").PauseAsync();
        mixed.World.StartWorker(["default", "other"], options => options.Name = mixed.NameOf("idle"));
        await mixed.Python.RunAsync("until(lambda: all(redis.hget('rq:worker:' + name_of(state), 'state') == state.encode() for state in ('idle', 'busy')), 'both have said how they are')");
        worker.Completion.IsCompleted.ShouldBeFalse();
        return mixed;
    }
}
