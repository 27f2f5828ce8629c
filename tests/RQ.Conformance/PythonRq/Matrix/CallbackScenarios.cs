using RQ.TestSupport;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>What is called when a job has ended that ran in the other language. Functions note what they saw under the job's id.</summary>
internal static class CallbackScenarios
{
    private static readonly JobOptions s_toPython = new()
    {
        OnSuccess = Callback.To("python_calls.note"), OnFailure = Callback.To("python_calls.note"), OnStopped = Callback.To("python_calls.note"),
    };

    private static readonly JobOptions s_toDotNet = new()
    {
        OnSuccess = Callback.To(PythonCallbacks.SucceededAsync).AsJob(MatrixWorld.CallbackQueue),
        OnFailure = Callback.To(PythonCallbacks.FailedAsync).AsJob(MatrixWorld.CallbackQueue),
        OnStopped = Callback.To(PythonCallbacks.StoppedAsync).AsJob(MatrixWorld.CallbackQueue),
    };

    // Jobs that a Python worker has run for .NET are kept as any other.
    private const string HandedOver = """
        def handed_over(id, count=1):
            def found():
                jobs = [get(each) for each in callbacks.finished_job_registry.get_job_ids()]
                return sorted((job for job in jobs if job.args[0] == id), key=lambda job: job.started_at)
            until(lambda: len(found()) >= count, 'Python has called the callbacks of ' + id)
            for job in found():
                assert job.func_name == 'python_calls.note' and job.origin == 'callbacks' and job.kwargs == {} and job.timeout == 60, job.to_dict()
                assert job.worker_name == partner_name and job.return_value() is None and job.latest_result().type.value == 1
            assert len(found()) == len(noted(id)) == count and callbacks.failed_job_registry.count == 0, noted(id)
            return found()

        """;

    // Those that .NET has run for Python are gone, or finished.
    private const string Called = """
        def called(id, wanted):
            until(lambda: noted(id), '.NET has called a callback of ' + id)
            until(lambda: callbacks.count == callbacks.started_job_registry.count == 0, 'all callbacks have ended')
            assert noted(id) == [wanted] and callbacks.failed_job_registry.count == 0, noted(id)
            assert Worker.find_by_key('rq:worker:' + partner_name, connection=redis).failed_job_count == 0

        """;

    /// <summary>Python's callbacks of jobs that .NET runs.</summary>
    public static readonly Scenario[] OfPython =
    [
        new("success",
            "q.enqueue(shared_tasks.add, 3, 4, job_id='success', on_success=python_calls.note, on_failure=python_calls.note)",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.Add(3, 4), s_toPython with { Id = "success" }),
            HandedOver + """
            job = ended('success', 'finished')
            callback, = handed_over('success')
            assert noted('success') == ['[None, 7] 60'] and list(callback.args) == ['success', None, 7]
            assert callback.started_at >= job.ended_at and job.success_callback is python_calls.note and job.return_value() == 7
            assert places('success') == ['finished'] and job.worker_name == worker_name
            """),

        new("failure",
            "q.enqueue(shared_tasks.fail, 'no: café', job_id='failure', on_success=python_calls.note, on_failure=python_calls.note)",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.Fail("no: café"), s_toPython with { Id = "failure" }),
            HandedOver + """
            job = ended('failure', 'failed')
            callback, = handed_over('failure')
            assert noted('failure') == ["[None, 'System.InvalidOperationException', 'no: café', 'System.InvalidOperationException: no: café'] 60"], noted('failure')
            assert callback.started_at >= job.ended_at and callback.args[4] == job.exc_info, callback.args
            assert places('failure') == ['failed'] and job.worker_name == worker_name
            """),

        new("retry",
            "q.enqueue(shared_tasks.fail_times, 1, job_id='retry', retry=Retry(max=2), on_success=python_calls.note, on_failure=python_calls.note)",
            world => world.Queue.EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(1, null!), s_toPython with { Id = "retry", Retry = new Retry(2) }),
            HandedOver + """
            job = ended('retry', 'finished')
            first, second = handed_over('retry', 2)
            assert noted('retry') == ["[None, 'System.InvalidOperationException', 'call 1', 'System.InvalidOperationException: call 1'] 60", '[None, 2] 60'], noted('retry')
            assert second.started_at >= job.ended_at and job.retries_left == 1 and places('retry') == ['finished']
            """),

        new("stop",
            null,
            async world =>
            {
                Job job = await world.Queue.EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), s_toPython with { Id = "stop" });
                await world.HasBegunAsync("stop");
                await world.RunAsync("send_stop_job_command(redis, 'stop', serializer=serializer)");
            },
            HandedOver + """
            job = ended('stop', 'stopped')
            callback, = handed_over('stop')
            assert noted('stop') == ['[None] 60'] and list(callback.args) == ['stop', None] and callback.started_at >= job.ended_at
            assert places('stop') == ['failed'] and redis.get('shared_tasks:stop') == b'1'
            """),
    ];

    /// <summary>.NET's callbacks of jobs that Python runs.</summary>
    public static readonly Scenario[] OfDotNet =
    [
        new("success",
            null,
            async world =>
            {
                await world.Queue.EnqueueAsync((ISharedTasks tasks) => tasks.WaitFor("success-gate"), s_toDotNet with { Id = "success" });
                await world.HasBegunAsync("success");
                // While it runs Python sees three ordinary jobs that wait for it.
                await world.RunAsync("""
                    job = get('success')
                    waiting = [get(id) for id in job.dependent_ids]
                    assert job.is_started and job.func_name == 'shared_tasks.wait_for' and job.success_callback is None and job.failure_callback is None
                    assert len(waiting) == 3 and {each.id for each in waiting} <= set(callbacks.deferred_job_registry.get_job_ids())
                    for each in waiting:
                        assert each.is_deferred and each.origin == 'callbacks' and each.timeout == 60 and each.started_at is None, each.to_dict()
                        assert each.func_name.startswith('RQ.TestSupport.PythonCallbacks.') and list(each.args) == ['success'] and each.kwargs == {}
                        assert [parent.id for parent in each.fetch_dependencies()] == ['success'] and each.id not in callbacks.job_ids
                    """);
                await world.OpenAsync("success-gate");
            },
            Called + """
            job = ended('success', 'finished')
            called('success', 'success Finished success-gate')
            assert job.return_value() == 'success-gate' and places('success') == ['finished'] and job.worker_name == worker_name
            assert [result.type.value for result in job.results()] == [1]
            """),

        new("failure",
            null,
            world => world.Queue.EnqueueAsync(JobCall.To("shared_tasks.fail", "no: café"), s_toDotNet with { Id = "failure" }),
            Called + """
            job = ended('failure', 'failed')
            called('failure', 'failure Failed ValueError: no: café')
            assert 'ValueError: no: café' in job.exc_info and places('failure') == ['failed'] and job.worker_name == worker_name
            """),

        new("retry",
            null,
            world => world.Queue.EnqueueAsync((ISharedTasks tasks) => tasks.FailTimes(1), s_toDotNet with { Id = "retry", Retry = new Retry(2) }),
            Called + """
            job = ended('retry', 'finished')
            called('retry', 'success Finished 2')
            assert job.return_value() == 2 and job.retries_left == 1 and places('retry') == ['finished']
            """),

        new("stop",
            null,
            async world =>
            {
                Job job = await world.Queue.EnqueueAsync(JobCall.To("shared_tasks.wait_for", "never"), s_toDotNet with { Id = "stop" });
                await world.HasBegunAsync("stop");
                await job.StopAsync();
            },
            Called + """
            job = ended('stop', 'stopped')
            called('stop', 'stopped Stopped')
            assert places('stop') == ['failed'] and redis.get('shared_tasks:stop') == b'1'
            """),
    ];

    [PythonModule("shared_tasks")]
    public interface ISharedTasks
    {
        string WaitFor(string key);

        int FailTimes(int times);
    }
}
