using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>One language cancels, deletes or requeues what the other enqueued or runs.</summary>
public class MixedCancelTests
{
    public static TheoryData<bool, string> Waiting => new(
        from python in (bool[])[true, false]
        from state in (string[])["queued", "deferred", "scheduled"]
        select (python, state));

    [Theory, MemberData(nameof(Waiting))]
    public async Task A_waiting_job_is_canceled_by_the_other(bool pythonCancels, string state)
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        if (pythonCancels)
        {
            await mixed.Queue("other").EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "parent" });
            var options = new JobOptions { Id = "j", DependsOn = state == "deferred" ? ["parent"] : null, DueIn = state == "scheduled" ? TimeSpan.FromSeconds(1) : null };
            await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(1, 2), options);
        }
        else
        {
            await mixed.Python.RunAsync($$"""
                parent = queue('other').enqueue(shared_tasks.add, 1, 2, job_id='parent')
                if '{{state}}' == 'scheduled': q.enqueue_in(timedelta(seconds=2), shared_tasks.add, 1, 2, job_id='j')
                else: q.enqueue(shared_tasks.add, 1, 2, job_id='j', depends_on=parent if '{{state}}' == 'deferred' else None)
                """);
        }

        await mixed.Python.RunAsync($"assert status('j') == '{state}', status('j')");
        if (pythonCancels)
            await mixed.Python.RunAsync("fetch('j').cancel()");
        else
            await (await mixed.FetchAsync("j")).CancelAsync();

        await mixed.Python.RunAsync("""
            assert fetch('j').is_canceled and q.canceled_job_registry.get_job_ids() == ['j']
            assert q.job_ids == q.deferred_job_registry.get_job_ids() == q.scheduled_job_registry.get_job_ids() == []
            """);
        // Nothing brings it back: neither the end of its parent, nor a scheduler whose clock has passed its time.
        await mixed.World.RunBurstAsync(["other", "default"], options => options.WithScheduler = true);
        await mixed.Side.CommandAsync("worker", "--burst", "--with-scheduler", "default");
        await mixed.Python.RunAsync("assert fetch('j').is_canceled and fetch('j').started_at is None and q.canceled_job_registry.get_job_ids() == ['j']");

        // Both take it up again.
        await mixed.Queue().EnqueueAsync(await mixed.FetchAsync("j"));
        await mixed.World.RunBurstAsync();
        await mixed.Python.RunAsync("assert fetch('j').return_value() == 3 and q.canceled_job_registry.count == 0");
    }

    [Fact]
    public async Task A_job_that_runs_here_and_is_canceled_by_python_stays_canceled()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j" });
        RunningWorker worker = mixed.World.StartWorker();
        await mixed.HasBegunAsync("j");

        await mixed.Python.RunAsync("fetch('j').cancel()");
        await mixed.OpenAsync("gate");
        await worker.StopAsync();

        await mixed.Python.RunAsync("""
            assert fetch('j').is_canceled and fetch('j').return_value() is None and q.canceled_job_registry.get_job_ids() == ['j']
            assert members('rq:wip:default') == members('rq:finished:default') == [] and redis.keys('rq:execution*') == [], redis.keys('*')
            """);
    }

    /// <summary>RQ's own workers do not ask whether the job that they end is still theirs.</summary>
    [Fact]
    public async Task A_job_that_python_runs_and_that_we_cancel_ends_as_finished_as_with_rq()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job job = await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j" });
        mixed.StartPythonWorker("default");
        await mixed.HasBegunAsync("j");

        await job.CancelAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        await mixed.OpenAsync("gate");

        await mixed.EndsAsync("j");
        (await job.GetLatestResultAsync()).ShouldNotBeNull().ReturnValue.ShouldBe("gate");
        (await mixed.Queue().Started.CountAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("started")]
    [InlineData("finished")]
    public async Task Our_job_that_python_deletes_is_gone(string state)
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j" });
        RunningWorker? worker = state == "queued" ? null : mixed.World.StartWorker();
        if (state == "started")
            await mixed.HasBegunAsync("j");
        if (state == "finished")
        {
            await mixed.OpenAsync("gate");
            await mixed.EndsAsync("j");
        }

        await mixed.Python.RunAsync("fetch('j').delete()");
        await mixed.OpenAsync("gate");
        Job<int> next = await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(1, 2));
        if (worker is null)
            await mixed.World.RunBurstAsync();
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        if (worker is not null)
            await worker.StopAsync();

        (await Job.ExistsAsync("j", mixed.World.Rq)).ShouldBeFalse("no outcome makes it anew");
        (await mixed.RunsAsync("j")).ShouldBe(state == "queued" ? 0 : 1);
        await mixed.Python.RunAsync("""
            assert not Job.exists('j', connection=redis) and 'j' not in q.job_ids + q.finished_job_registry.get_job_ids() + q.failed_job_registry.get_job_ids()
            assert members('rq:wip:default') == [] and redis.keys('rq:execution*') == [], redis.keys('*')
            """);
    }

    /// <summary>What RQ 1.13 does to its own: the run goes on, and its end makes the job anew.</summary>
    [Fact]
    public async Task A_job_that_python_runs_and_that_we_delete_comes_back_with_its_result_as_with_rq()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job job = await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j", ResultTtl = TimeSpan.FromSeconds(100) });
        mixed.StartPythonWorker("default");
        await mixed.HasBegunAsync("j");

        await job.DeleteAsync();
        (await Job.ExistsAsync("j", mixed.World.Rq)).ShouldBeFalse();
        await mixed.OpenAsync("gate");

        await mixed.EndsAsync("j");
        (await mixed.World.Rq.Database.KeyTimeToLiveAsync("rq:job:j")).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(10, 100);
    }

    [Fact]
    public async Task Jobs_that_failed_in_either_language_are_requeued_by_the_other_and_run_in_the_other()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.FailTimesAsync(1, null!), new JobOptions { Id = "here" });
        await mixed.World.RunBurstAsync();
        await mixed.Python.RunAsync("q.enqueue(shared_tasks.fail_times, 1, job_id='there')");
        await mixed.Side.WorkAsync("default");
        await mixed.Python.RunAsync("""
            assert sorted(q.failed_job_registry.get_job_ids()) == ['here', 'there']
            fetch('here').requeue()
            """);
        await mixed.Side.WorkAsync("default");
        await (await mixed.FetchAsync("there")).RequeueAsync();
        await mixed.World.RunBurstAsync();

        await mixed.Python.RunAsync("""
            for id in ('here', 'there'):
                assert fetch(id).return_value() == 2 and [result.type.value for result in fetch(id).results()] == [1, 2], fetch(id).results()
            assert q.failed_job_registry.count == 0 and 'ValueError: call 1' in fetch('there').results()[1].exc_string
            assert 'InvalidOperationException: call 1' in fetch('here').results()[1].exc_string
            """);
    }
}
