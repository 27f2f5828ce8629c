using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>
/// Workers that die or stall beside Python RQ 1.13, whose clean-up takes entries of the form <c>job:execution</c> out of
/// <c>rq:wip</c> once they are overdue, finds no job under such a name, and says nothing.
/// </summary>
public class MixedCrashTests
{
    // What is overdue after 90 s of silence is so now; then RQ cleans up in each of the ways in which it does.
    private const string OverdueAndCleaned = """
        from rq.registry import clean_registries
        for member in redis.zrange('rq:wip:default', 0, -1): redis.zadd('rq:wip:default', {member: 1})
        clean_registries(q)
        assert q.started_job_registry.count == 0 and not redis.exists('rq:wip:default')
        assert status('j') == 'started', status('j')
        """;

    [Fact]
    public async Task A_job_of_our_killed_worker_comes_back_although_python_has_cleaned_its_entry_away()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await using (WorkerProcess victim = await WorkerProcess.StartAsync(mixed.World.Url, "--name", mixed.NameOf("victim"), "default"))
        {
            await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j" });
            await mixed.HasBegunAsync("j");
            victim.Kill();
        }

        await mixed.Python.RunAsync(OverdueAndCleaned);
        await mixed.Side.CommandAsync("info");
        // A Python worker's maintenance, which no clean-up of the last 15 minutes may have spared it.
        await mixed.Python.RunAsync("redis.delete('rq:clean_registries:default')");
        await mixed.Side.WorkAsync("default");
        await mixed.Python.RunAsync("assert status('j') == 'started' and q.count == 0 and q.failed_job_registry.count == 0");

        // Any worker of ours knows from the lease of the dead one what it had.
        await mixed.OpenAsync("gate");
        mixed.World.StartWorker(["other"]);
        await mixed.BecomesAsync("j", JobStatus.Queued);
        await mixed.Side.WorkAsync("default");
        await mixed.Python.RunAsync("""
            assert fetch('j').return_value() == 'gate' and redis.get('shared_tasks:j') == b'2' and len(fetch('j').results()) == 1
            assert q.finished_job_registry.get_job_ids() == ['j'] and not redis.exists('rq:wip:default')
            """);
    }

    [Fact]
    public async Task A_job_that_runs_here_is_neither_lost_nor_doubled_when_python_cleans_its_entry_away()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        mixed.World.StartWorker(configure: Beating);
        mixed.World.StartWorker(configure: Beating);
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j" });
        await mixed.HasBegunAsync("j");

        for (int i = 0; i < 3; i++)
        {
            await mixed.Python.RunAsync("""
                from rq.registry import clean_registries
                for member in redis.zrange('rq:wip:default', 0, -1): redis.zadd('rq:wip:default', {member: 1})
                clean_registries(q)
                until(lambda: q.started_job_registry.count == 1, 'its heartbeat puts the entry back')
                assert redis.zscore('rq:wip:default', redis.zrange('rq:wip:default', 0, -1)[0]) > time.time() + 10
                """);
        }

        await mixed.OpenAsync("gate");
        await mixed.EndsAsync("j");
        await mixed.Python.RunAsync("""
            assert fetch('j').return_value() == 'gate' and redis.get('shared_tasks:j') == b'1' and len(fetch('j').results()) == 1
            assert q.finished_job_registry.get_job_ids() == ['j'] and q.count == q.failed_job_registry.count == 0 and not redis.exists('rq:wip:default')
            """);

        static void Beating(WorkerOptions options)
        {
            options.MonitoringInterval = TimeSpan.FromSeconds(1);
            options.LeftoversInterval = TimeSpan.FromSeconds(1);
        }
    }

    [Fact]
    public async Task A_job_of_a_stalled_worker_has_one_outcome_although_python_has_cleaned_and_runs_it_again()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await using WorkerProcess stalled = await WorkerProcess.StartAsync(mixed.World.Url, "--name", mixed.NameOf("stalled"), "default");
        await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j" });
        await mixed.HasBegunAsync("j");
        stalled.Freeze();
        await mixed.Python.RunAsync(OverdueAndCleaned);

        mixed.World.StartWorker(["other"]);
        await mixed.BecomesAsync("j", JobStatus.Queued);
        mixed.StartPythonWorker("--name", mixed.NameOf("py"), "default");
        await Eventually.BecomesAsync(async () => await mixed.RunsAsync("j") == 2, "Python runs it");
        // Both runs end at once: the first is no longer the job's.
        stalled.Thaw();
        await mixed.OpenAsync("gate");
        await mixed.EndsAsync("j");
        Job<int> next = await mixed.Queue("marker").EnqueueAsync(() => PythonSharedTasks.Add(1, 2));
        await mixed.World.RunBurstAsync(["marker"]);
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await Eventually.BecomesAsync(() => stalled.Output.Contains("dropped"), $"the stalled worker drops its outcome: {stalled.Output}");

        await mixed.Python.RunAsync($"""
            assert fetch('j').worker_name == '{mixed.NameOf("py")}' and len(fetch('j').results()) == 1 and redis.get('shared_tasks:j') == b'2'
            assert q.finished_job_registry.get_job_ids() == ['j'] and q.count == 0 and not redis.exists('rq:wip:default')
            """);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Our_job_whose_python_worker_was_killed_is_failed_or_retried_by_pythons_clean_up(bool retries)
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job job = await mixed.Queue().EnqueueAsync(
            () => PythonSharedTasks.WaitForAsync("gate", null!), new JobOptions { Id = "j", Retry = retries ? new Retry(2) : null });
        PythonWorker victim = mixed.StartPythonWorker("default");
        await mixed.HasBegunAsync("j");
        victim.Kill();
        await mixed.Python.RunAsync("""
            from rq.registry import clean_registries
            redis.zadd('rq:wip:default', {'j': 1})
            clean_registries(q)
            """);

        if (retries)
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
            await mixed.OpenAsync("gate");
            await mixed.World.RunBurstAsync();
            (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe("gate");
            job.RetriesLeft.ShouldBe(1);
        }
        else
        {
            // RQ 1.13 tells of it in the job's hash and writes no result.
            JobFailedException failure = await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
            failure.ExceptionText.ShouldNotBeNull().ShouldStartWith("Moved to FailedJobRegistry at ");
            (await mixed.Queue().Failed.GetJobIdsAsync()).ShouldBe(["j"]);
        }

        (await Consistency.ViolationsAsync(mixed.World.Rq)).ShouldBeEmpty();
    }
}
