using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>Where processes died or were told to go, we leave other things behind than RQ does. Python goes on with them as with its own.</summary>
public class HarmlessProcessTests
{
    [Fact]
    public async Task Python_reads_a_job_whose_work_horse_died()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.Exit(3), new JobOptions { Id = "j" });
        // Commands go to a worker's name, whatever the database.
        string name = $"w-{Guid.NewGuid():N}";
        await world.RunHorseBurstAsync(configure: options =>
        {
            options.Name = name;
            options.WorkHorses.Command = options.WorkHorses.Command! with { HandedOver = [.. options.WorkHorses.Command.HandedOver, "--name", name] };
        });

        await python.RunAsync($"""
            job = fetch('j')
            assert job.is_failed and job.worker_name == '{name}'
            assert job.started_at <= job.ended_at == job.last_heartbeat <= datetime.utcnow()
            assert job.exc_info.startswith('Work-horse terminated unexpectedly; waitpid returned 768'), job.exc_info
            assert job.latest_result().exc_string == job.exc_info
            assert FailedJobRegistry(queue=queue()).get_job_ids() == ['j'] and StartedJobRegistry(queue=queue()).count == 0
            job.requeue()
            assert queue().get_job_ids() == ['j']
            """);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task Python_runs_a_job_that_a_stopping_worker_gave_back()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.echo", async (string value, CancellationToken token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return value;
        });
        Job job = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.echo", "hello"), new JobOptions { Id = "j" });
        RunningWorker worker = world.StartWorker();
        await Eventually.BecomesAsync(() => world.Rq.Database.KeyExistsAsync("rq:executions:j"), "the job runs");
        await worker.AbortAsync();

        await python.RunAsync("""
            job = fetch('j')
            assert job.get_status() == 'queued' and job.started_at is None and not job.worker_name
            assert queue().get_job_ids() == ['j'] and StartedJobRegistry(queue=queue()).count == 0
            assert not Worker.all(connection=redis)
            """);
        await python.WorkAsync("default");

        (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe("hello");
        await python.RunAsync("assert fetch('j').is_finished and len(fetch('j').results()) == 1");
    }

    [Fact]
    public async Task Python_reads_a_job_that_we_failed_for_a_dead_worker()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        string dead = $"dead-{Guid.NewGuid():N}", living = $"living-{Guid.NewGuid():N}";
        Job job = await world.Queue().EnqueueAsync(JobCall.To("fixture_tasks.wait_gate"), new JobOptions { Id = "j", OnAbandoned = AbandonedJob.Fail });
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "--name", dead, "default");
        await Eventually.BecomesAsync(() => world.Rq.Database.KeyExistsAsync("rq:executions:j"), "the job runs");
        worker.Kill();
        world.StartWorker(["other"], options => options.Name = living);
        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        await Eventually.BecomesAsync(async () => await Worker.CountAsync(world.Rq) == 1, "the dead worker is buried");

        await python.RunAsync($"""
            job = fetch('j')
            assert job.is_failed and job.worker_name == '{dead}', job.worker_name
            assert job.started_at <= job.ended_at <= datetime.utcnow()
            assert job.exc_info == job.latest_result().exc_string and '{dead}' in job.exc_info, job.exc_info
            assert FailedJobRegistry(queue=queue()).get_job_ids() == ['j'] and StartedJobRegistry(queue=queue()).count == 0
            assert [worker.name for worker in Worker.all(connection=redis)] == ['{living}']
            """);
    }
}
