using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Python asks for what happens around a run, our worker does it.</summary>
public class PythonAroundTests
{
    [Fact]
    public async Task CBK_4_callbacks_that_python_names_are_called_here()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("tasks.add", TestJobs.Add).Add("tasks.fail", TestJobs.Fail).Add("tasks.done", CallbackJobs.Succeeded).Add("tasks.failed", CallbackJobs.Failed);
        string ok = Guid.NewGuid().ToString(), bad = Guid.NewGuid().ToString();

        await python.RunAsync($"""
            def done(job, connection, result): pass
            def failed(job, connection, type, value, traceback): pass
            done.__module__ = failed.__module__ = 'tasks'
            queue().enqueue('tasks.add', 1, 2, on_success=done, on_failure=failed, job_id='{ok}')
            queue().enqueue('tasks.fail', 'boom', on_success=done, on_failure=failed, job_id='{bad}')
            """);
        await world.RunBurstAsync();

        TestJobs.Noted(ok).ShouldBe(["success 3 Finished True True True True"]);
        TestJobs.Noted(bad).ShouldBe(["failure Failed boom - InvalidOperationException"]);
    }

    [Fact]
    public async Task CMD_3_python_stops_a_job_here()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.StartWorker(configure: options => options.Concurrency = 2);
        string stopped = Guid.NewGuid().ToString(), other = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(stopped, null!), new JobOptions { Retry = new Retry(3) });
        Job<string> goesOn = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(other, null!));
        await CallbackJobs.ExecutionOfAsync(stopped);
        await CallbackJobs.ExecutionOfAsync(other);

        await python.RunAsync($"""
            from rq.command import send_stop_job_command
            send_stop_job_command(redis, '{job.Id}')
            """);

        (await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit))).ExceptionText.ShouldBe("Job stopped by user, work-horse terminated.");
        TestJobs.Runs(stopped).ShouldBe(1);
        TestJobs.Gate(other).Open();
        (await goesOn.WaitForResultAsync(Eventually.Limit)).ShouldBe(other);
    }
}
