using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>One thing that jobs do: how each language asks for it, and what Python says afterwards.</summary>
/// <param name="Name">Also the id of its job, or the beginning of its jobs' ids.</param>
/// <param name="InPython">The script of a producer in Python. It finds the names of <see cref="MatrixWorld"/>. Null for what RQ 1.13 cannot ask for.</param>
/// <param name="InDotNet">The producer here.</param>
/// <param name="Proof">The script that asserts, in Python, whoever enqueued and whoever ran.</param>
internal sealed record Scenario(string Name, string? InPython, Func<MatrixWorld, Task> InDotNet, string Proof);

/// <summary>All of them. They share one worker, so each opens the gates of its own jobs.</summary>
internal static class MatrixScenarios
{
    public static readonly Scenario[] All =
    [
        new("success",
            "q.enqueue(shared_tasks.add, 3, 4, job_id='success', meta={'from': 'the matrix'}, result_ttl=300)",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.Add(3, 4), new JobOptions
            {
                Id = "success", Meta = new Dictionary<string, object?> { ["from"] = "the matrix" }, ResultTtl = TimeSpan.FromSeconds(300),
            }),
            """
            job = ended('success', 'finished')
            assert job.is_finished and job.return_value() == job.result == 7 and job.exc_info is None
            assert job.func_name == 'shared_tasks.add' and list(job.args) == [3, 4] and job.kwargs == {} and job.meta == {'from': 'the matrix'}
            assert job.description == 'shared_tasks.add(3, 4)' and job.origin == 'default' and job.timeout == 180 and job.result_ttl == 300
            assert job.created_at <= job.enqueued_at <= job.started_at <= job.ended_at <= now(job), job.to_dict()
            assert job.worker_name == worker_name
            result, = job.results()
            assert result.type.value == 1 and result.return_value == 7 and result.exc_string is None
            assert 0 < redis.ttl(job.key) <= 300 and 0 < redis.ttl('rq:results:success') <= 300
            assert places('success') == ['finished'], places('success')
            assert 0 < redis.zscore('rq:finished:default', 'success') - time.time() <= 301
            """),

        new("failure",
            "q.enqueue(shared_tasks.fail, 'no: café', job_id='failure')",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.Fail("no: café"), new JobOptions { Id = "failure" }),
            """
            job = ended('failure', 'failed')
            assert job.is_failed and job.return_value() is None and job.result is None
            assert error + ': no: café' in job.exc_info and 'shared_tasks' in job.exc_info.lower().replace('sharedtasks', 'shared_tasks'), job.exc_info
            result, = job.results()
            assert result.type.value == 2 and result.exc_string == job.exc_info
            assert 31535000 < redis.ttl(job.key) <= 31536000
            assert places('failure') == ['failed'], places('failure')
            assert job.started_at <= job.ended_at and job.worker_name == worker_name
            """),

        new("retry",
            "q.enqueue(shared_tasks.fail_times, 2, job_id='retry', retry=Retry(max=3, interval=[0, 1]))",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(2, null!), new JobOptions
            {
                Id = "retry", Retry = new Retry(3, TimeSpan.Zero, TimeSpan.FromSeconds(1)),
            }),
            """
            job = ended('retry', 'finished')
            assert job.return_value() == 3 and job.retries_left == 1 and redis.get('shared_tasks:retry') == b'3', job.to_dict()
            assert places('retry') == ['finished'], places('retry')
            assert 0 < redis.ttl(job.key) <= 500
            """),

        new("timeout",
            "q.enqueue(shared_tasks.sleep, 60, job_id='timeout', job_timeout=1)",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.SleepAsync(60, null!), new JobOptions { Id = "timeout", Timeout = TimeSpan.FromSeconds(1) }),
            """
            job = ended('timeout', 'failed')
            assert job.timeout == 1 and 'JobTimeoutException: Task exceeded maximum timeout value (1 seconds)' in job.exc_info, job.exc_info
            assert timedelta(seconds=0.9) < job.ended_at - job.started_at < timedelta(seconds=40)
            assert places('timeout') == ['failed'], places('timeout')
            """),

        new("stop",
            """
            q.enqueue(shared_tasks.wait_for, 'never', job_id='stop', retry=Retry(max=2))
            until(lambda: redis.exists('shared_tasks:stop'), 'it runs')
            send_stop_job_command(redis, 'stop', serializer=serializer)
            """,
            async world =>
            {
                Job job = await world.Queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), new JobOptions { Id = "stop", Retry = new Retry(2) });
                await world.HasBegunAsync("stop");
                await job.StopAsync();
            },
            """
            job = ended('stop', 'stopped')
            assert job.is_stopped and not job.is_failed and job.retries_left == 2
            assert 'Job stopped by user, work-horse terminated.' in job.exc_info, job.exc_info
            assert job.latest_result().type.value == 2 and job.return_value() is None
            assert places('stop') == ['failed'], places('stop')
            assert redis.get('shared_tasks:stop') == b'1' and 31535000 < redis.ttl(job.key) <= 31536000
            """),

        new("dependency",
            """
            parent = q.enqueue(shared_tasks.wait_for, 'dependency-gate', job_id='dependency')
            bad = q.enqueue(shared_tasks.fail, 'parent', job_id='dependency-bad')
            q.enqueue(shared_tasks.add, 1, 2, job_id='dependency-child', depends_on=parent)
            q.enqueue(shared_tasks.add, 2, 3, job_id='dependency-both', depends_on=Dependency([parent, bad], allow_failure=True))
            q.enqueue(shared_tasks.add, 3, 4, job_id='dependency-strict', depends_on=bad)
            assert sorted(parent.dependent_ids) == ['dependency-both', 'dependency-child'], parent.dependent_ids
            redis.set('dependency-gate', 1)
            """,
            async world =>
            {
                Job parent = await world.Queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("dependency-gate", null!), new JobOptions { Id = "dependency" });
                Job bad = await world.Queue.EnqueueAsync(() => PythonSharedTasks.Fail("parent"), new JobOptions { Id = "dependency-bad" });
                await world.Queue.EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "dependency-child", DependsOn = [parent] });
                await world.Queue.EnqueueAsync(
                    () => PythonSharedTasks.Add(2, 3), new JobOptions { Id = "dependency-both", DependsOn = new Dependency(parent, bad) { AllowFailure = true } });
                await world.Queue.EnqueueAsync(() => PythonSharedTasks.Add(3, 4), new JobOptions { Id = "dependency-strict", DependsOn = [bad] });
                await world.OpenAsync("dependency-gate");
            },
            """
            child, both, parent = ended('dependency-child', 'finished'), ended('dependency-both', 'finished'), get('dependency')
            assert (child.return_value(), both.return_value(), parent.return_value()) == (3, 5, 'dependency-gate')
            assert child.started_at >= parent.ended_at and both.started_at >= ended('dependency-bad', 'failed').ended_at
            assert child.dependency.id == 'dependency' and sorted(each.id for each in both.fetch_dependencies()) == ['dependency', 'dependency-bad']
            assert both.allow_dependency_failures and not get('dependency-strict').allow_dependency_failures
            assert 'dependency-child' not in parent.dependent_ids and get('dependency-bad').dependent_ids == ['dependency-strict']
            assert status('dependency-strict') == 'deferred' and places('dependency-strict') == ['deferred']
            assert places('dependency-child') == places('dependency-both') == ['finished']
            """),

        new("schedule",
            """
            q.enqueue_in(timedelta(seconds=2), shared_tasks.add, 5, 6, job_id='schedule')
            q.enqueue_in(timedelta(hours=1), shared_tasks.add, 5, 6, job_id='schedule-later')
            """,
            async world =>
            {
                await world.Queue.EnqueueInAsync(TimeSpan.FromSeconds(2), () => PythonSharedTasks.Add(5, 6), new JobOptions { Id = "schedule" });
                await world.Queue.EnqueueInAsync(TimeSpan.FromHours(1), () => PythonSharedTasks.Add(5, 6), new JobOptions { Id = "schedule-later" });
            },
            """
            job, later = ended('schedule', 'finished'), get('schedule-later')
            assert job.return_value() == 11 and places('schedule') == ['finished']
            assert timedelta(seconds=0.9) < job.enqueued_at - job.created_at <= job.started_at - job.created_at, job.to_dict()
            assert later.is_scheduled and places('schedule-later') == ['scheduled']
            due = ScheduledJobRegistry(queue=q).get_scheduled_time(later)
            assert timedelta(minutes=50) < due - datetime.now(timezone.utc) <= timedelta(hours=1), due
            """),

        new("result wait",
            """
            q.enqueue(shared_tasks.wait_for, 'wait-gate', job_id='wait')
            until_is('wait', 'started')
            # RQ 1.13 cannot wait; this is what latest_result(timeout=180) of later versions sends.
            waiting, replies = Redis.from_url(os.environ['RQ_REDIS_URL']), []
            thread = threading.Thread(target=lambda: replies.extend(waiting.xread({'rq:results:wait': '0-0'}, block=180000)))
            thread.start()
            database = os.environ['RQ_REDIS_URL'].split('/')[-1]
            until(lambda: any(each['cmd'] == 'xread' and each['db'] == database for each in redis.client_list()), 'it waits')
            redis.set('wait-gate', 1)
            thread.join()
            (key, entries), = replies
            assert key == b'rq:results:wait' and entries[-1][1][b'type'] == b'1', replies
            """,
            async world =>
            {
                Job<string> job = await world.Queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("wait-gate", null!), new JobOptions { Id = "wait" });
                await world.HasBegunAsync("wait");
                Task<string> waiting = job.WaitForResultAsync(Eventually.Limit);
                waiting.IsCompleted.ShouldBeFalse();
                await world.OpenAsync("wait-gate");
                (await waiting).ShouldBe("wait-gate");
            },
            """
            job = ended('wait', 'finished')
            assert job.return_value() == job.latest_result().return_value == 'wait-gate'
            assert redis.get('shared_tasks:wait') == b'1' and places('wait') == ['finished']
            """),

        new("callback",
            """
            q.enqueue(shared_tasks.add, 5, 6, job_id='callback', on_success=shared_tasks.note_success, on_failure=shared_tasks.note_failure)
            q.enqueue(shared_tasks.fail, 'bad', job_id='callback-bad', on_success=shared_tasks.note_success, on_failure=shared_tasks.note_failure)
            """,
            async world =>
            {
                var options = new JobOptions { OnSuccess = Callback.To(PythonSharedTasks.NoteSuccessAsync), OnFailure = Callback.To(PythonSharedTasks.NoteFailureAsync) };
                await world.Queue.EnqueueAsync(() => PythonSharedTasks.Add(5, 6), options with { Id = "callback" });
                await world.Queue.EnqueueAsync(() => PythonSharedTasks.Fail("bad"), options with { Id = "callback-bad" });
            },
            """
            good, bad = ended('callback', 'finished'), ended('callback-bad', 'failed')
            assert redis.get('shared_tasks:succeeded:callback') == b'11' and not redis.exists('shared_tasks:failed:callback')
            assert redis.get('shared_tasks:failed:callback-bad').decode() == error + ': bad' and not redis.exists('shared_tasks:succeeded:callback-bad')
            assert good.success_callback is shared_tasks.note_success and good.failure_callback is shared_tasks.note_failure
            assert good.return_value() == 11 and bad.latest_result().type.value == 2
            """),
    ];

    /// <summary>
    /// What the server and the worker say when all have ended is what the jobs say themselves, however each of them ended.
    /// Each difference is told.
    /// </summary>
    public const string Totals = """
        ids = sorted([
            'callback', 'callback-bad', 'dependency', 'dependency-bad', 'dependency-both', 'dependency-child', 'dependency-strict', 'failure', 'retry',
            'schedule', 'schedule-later', 'stop', 'success', 'timeout', 'wait'])
        try: until(lambda: all(has_ended(id) or id in ('dependency-strict', 'schedule-later') for id in ids))
        except AssertionError: pass
        statuses = {id: status(id) for id in ids}
        def those(*wanted): return [id for id in ids if statuses[id] in wanted]
        def worker(): return Worker.all(connection=redis)[0]
        if not those('queued', 'started'): until(lambda: worker().state == 'idle', 'the worker is idle')
        differences = []
        def same(what, found, expected):
            if found != expected: differences.append('%s: %r, and not %r' % (what, found, expected))

        for what, registry, wanted in [
                ('finished', q.finished_job_registry, ['finished']), ('failed', q.failed_job_registry, ['failed', 'stopped']), ('deferred', q.deferred_job_registry, ['deferred']),
                ('scheduled', q.scheduled_job_registry, ['scheduled']), ('canceled', q.canceled_job_registry, ['canceled']), ('queued', q, ['queued'])]:
            same(what, sorted(registry.get_job_ids()), those(*wanted))
        same('started', sorted(each.split(':')[0] for each in q.started_job_registry.get_job_ids()), those('started'))
        same('queues', [each.name for each in Queue.all(connection=redis)], ['default'])
        same('workers', [each.name for each in Worker.all(connection=redis)], [worker_name])
        same('workers of the queue', Worker.count(queue=q), 1)
        same('successes', worker().successful_job_count, len(those('finished')))
        retried = 3 - get('retry').retries_left if statuses['retry'] != 'gone' else 0
        same('failures, and attempts that were retried', worker().failed_job_count, len(those('failed', 'stopped')) + retried)
        same('the job of the worker', worker().get_current_job(), None)
        same('that it has worked for a while', 1 < worker().total_working_time < 300, True)
        same('executions', sorted(key.decode() for key in redis.keys('rq:execution*') if not those('started')), [])
        assert not differences, '\n'.join(differences + ['The jobs: %r' % statuses])
        """;
}
