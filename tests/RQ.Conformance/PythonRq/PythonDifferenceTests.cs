using RQ.Conformance.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>What <c>docs/python.md</c> says that RQ 1.13 does in its own way, and that is shown nowhere else.</summary>
public class PythonDifferenceTests
{
    [Fact]
    public async Task Dependents_of_a_job_that_is_stopped_in_python_are_queued_and_of_one_that_is_stopped_here_wait()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        foreach (string where in (string[])["python", "net"])
        {
            Job parent = await mixed.Queue(where).EnqueueAsync(() => PythonSharedTasks.WaitForAsync("never", null!), new JobOptions { Id = where });
            await mixed.Queue("children").EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = where + "-child", DependsOn = [parent] });
            string name = mixed.NameOf(where + "-worker");
            mixed.StartWorker(inPython: where == "python", name, where);
            await mixed.HasBegunAsync(where);
            await mixed.Python.RunAsync($"until(lambda: redis.hget('rq:worker:{name}', 'current_job') == b'{where}')");
            await parent.StopAsync();
            await mixed.BecomesAsync(where, JobStatus.Stopped);
        }

        await mixed.BecomesAsync("python-child", JobStatus.Queued);
        await mixed.Python.RunAsync("assert status('net-child') == 'deferred' and queue('children').job_ids == ['python-child']");
    }

    [Fact]
    public async Task A_value_that_cannot_be_stored_fails_the_job_in_python()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job job = await mixed.Queue().EnqueueAsync(JobCall.To("threading.Lock"));
        await mixed.Side.WorkAsync("default");
        (await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit))).Message.ShouldContain("cannot pickle");
    }

    [Fact]
    public async Task A_rate_limits_slot_that_a_job_in_python_held_is_freed_by_our_maintenance()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        foreach (string id in (string[])["first", "second"])
            await mixed.Queue().EnqueueAsync(() => PythonSharedTasks.Add(1, 2), new JobOptions { Id = id, RateLimit = new RateLimit("k", 1) });
        await mixed.Python.RunAsync("assert status('second') == 'rate_limited' and q.job_ids == ['first'] and fetch('second').get_status() == 'rate_limited'");
        await mixed.Side.WorkAsync("default");
        await mixed.Python.RunAsync("assert status('first') == 'finished' and status('second') == 'rate_limited'");

        mixed.World.StartWorker(configure: options => options.MaintenanceInterval = TimeSpan.FromSeconds(1));
        await mixed.EndsAsync("second");
    }

    [Fact]
    public async Task A_wish_for_what_follows_an_unmet_dependency_is_not_judged_by_python()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        Job parent = await mixed.Queue("python").EnqueueAsync(() => PythonSharedTasks.Fail("no"), new JobOptions { Id = "parent" });
        await mixed.Queue().EnqueueAsync(
            () => PythonSharedTasks.Add(1, 2), new JobOptions { Id = "child", DependsOn = new Dependency(parent) { IfUnmet = UnmetDependency.Cancel } });
        await mixed.Side.WorkAsync("python");
        await mixed.Python.RunAsync("assert status('parent') == 'failed' and status('child') == 'deferred'");

        // The parent's end in a worker here judges it.
        await parent.RequeueAsync();
        await mixed.World.RunBurstAsync(["python"]);
        await mixed.Python.RunAsync("assert status('parent') == 'failed' and status('child') == 'canceled', status('child')");
    }

    [Fact]
    public async Task The_lock_of_our_scheduler_is_a_name_and_pythons_is_a_number()
    {
        await using MixedWorld mixed = await MixedWorld.CreateAsync();
        await using (RunningScheduler scheduler = RunningScheduler.Start(mixed.World, "default"))
        {
            await scheduler.HoldsAsync(mixed.World.Rq);
            await mixed.Python.RunAsync("""
                until(lambda: redis.get('rq:scheduler-lock:default') is not None, 'ours schedules')
                try: q.scheduler_pid
                except ValueError: pass
                else: raise AssertionError(q.scheduler_pid)
                """);
        }

        mixed.StartPythonWorker("--with-scheduler", "default");
        await mixed.Python.RunAsync("until(lambda: q.scheduler_pid is not None, 'Python schedules')");
        int pid = (await mixed.Python.AskAsync("answer = q.scheduler_pid")).GetInt32();
        (await mixed.Queue().FindSchedulerAsync()).ShouldNotBeNull().ProcessId.ShouldBe(pid);
    }
}
