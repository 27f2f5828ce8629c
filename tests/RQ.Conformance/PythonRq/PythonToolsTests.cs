using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.PythonRq;

/// <summary>RQ's command line and registries beside our workers.</summary>
public class PythonToolsTests
{
    [Fact]
    public async Task Rq_info_counts_our_queues_workers_and_jobs()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue("busy").EnqueueAsync(() => TestJobs.WaitAtGateAsync("rq info", CancellationToken.None));
        for (int i = 0; i < 3; i++)
            await world.Queue("later").EnqueueAsync(() => TestJobs.Nothing());
        world.StartWorker(["busy"], options => options.Name = "net-worker");
        world.StartWorker(["other", "busy"], options => options.Name = "idle-worker");
        await TestJobs.Gate("rq info").HasEnteredAsync();
        await Eventually.BecomesAsync(async () => await world.Rq.Database.SetLengthAsync("rq:workers") == 2, "both workers are registered");

        string[] lines = (await python.CommandAsync("info", "--raw")).Split('\n', StringSplitOptions.TrimEntries);

        lines.ShouldContain("queue busy 0");
        lines.ShouldContain("queue later 3");
        lines.Count(line => line.StartsWith("worker ", StringComparison.Ordinal)).ShouldBe(2);
        string running = await world.Rq.Database.HashGetAsync("rq:worker:net-worker", "state") == "busy" ? "net-worker" : "idle-worker";
        lines.ShouldContain(line => line.StartsWith($"worker {running} (", StringComparison.Ordinal) && line.Contains($" {Environment.ProcessId}) busy ", StringComparison.Ordinal));
        (await python.CommandAsync("info")).ShouldContain("2 workers, 2 queues");
        TestJobs.Gate("rq info").Open();
    }

    [Fact]
    public async Task Rq_suspend_pauses_our_worker_and_rq_resume_lets_it_go_on()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Job<int> first = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        RunningWorker worker = world.StartWorker();
        (await first.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);

        await python.CommandAsync("suspend");
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4));
        await Eventually.BecomesAsync(
            async () => await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "state") == "suspended", "the worker is suspended");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id]);

        await python.CommandAsync("resume");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
        await Eventually.BecomesAsync(
            async () => await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "state") == "idle", "the worker is idle again");
    }

    [Fact]
    public async Task Registries_list_our_jobs()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        Queue queue = world.Queue();
        await queue.EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "finished" });
        await queue.EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "failed" });
        await queue.EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Id = "scheduled", Retry = new Retry(1, TimeSpan.FromHours(1)) });
        await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync("registries", CancellationToken.None), new JobOptions { Id = "started" });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "queued" });
        await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "deferred", DependsOn = ["started"] });
        world.StartWorker();
        await TestJobs.Gate("registries").HasEnteredAsync();

        await python.RunAsync("""
            q = queue()
            assert q.get_job_ids() == ['queued'], q.get_job_ids()
            started, = q.started_job_registry.get_job_ids()
            assert started.split(':')[0] == 'started', started
            assert q.finished_job_registry.get_job_ids() == ['finished']
            assert q.failed_job_registry.get_job_ids() == ['failed']
            assert q.scheduled_job_registry.get_job_ids() == ['scheduled']
            assert q.deferred_job_registry.get_job_ids() == ['deferred']
            assert q.canceled_job_registry.get_job_ids() == []
            for id in ('finished', 'failed', 'scheduled', 'started', 'queued', 'deferred'):
                assert fetch(id).get_status() == id, fetch(id).get_status()
            """);
        TestJobs.Gate("registries").Open();
    }

    [Fact]
    public async Task Our_failed_job_runs_again_after_python_requeued_it()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        await world.Queue().EnqueueAsync(() => TestJobs.FailOnce("requeued by python", "x"), new JobOptions { Id = "j" });
        await world.RunBurstAsync();

        await python.RunAsync("""
            registry = FailedJobRegistry(queue=queue())
            assert registry.get_job_ids() == ['j']
            registry.requeue('j')
            assert registry.count == 0 and queue().get_job_ids() == ['j'] and fetch('j').get_status() == 'queued'
            """);
        (await world.RunBurstAsync()).ShouldBe(1);

        Job job = await Job.FetchAsync("j", world.Rq);
        job.Status.ShouldBe(JobStatus.Finished);
        (await job.GetResultsAsync()).Select(result => result.Type).ShouldBe([JobResultType.Successful, JobResultType.Failed]);
        TestJobs.Noted("requeued by python").Length.ShouldBe(2);
        await python.RunAsync("""
            assert not fetch('j').exc_info and fetch('j').is_finished
            assert FinishedJobRegistry(queue=queue()).get_job_ids() == ['j']
            """);
    }

    [Fact]
    public async Task A_job_that_failed_in_python_and_was_requeued_by_rq_runs_here()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.fail", (string message) => message);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.fail", "well now"));
        await python.WorkAsync("default");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);

        await python.CommandAsync("requeue", "--queue", "default", job.Id);
        await world.RunBurstAsync();

        (await job.WaitForResultAsync(Eventually.Limit)).ReturnValue.ShouldBe("well now");
    }
}
