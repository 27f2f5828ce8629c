using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>What a worker does when it is told to stop a job.</summary>
public class StopTests
{
    private const int Rounds = 100;

    [Theory, OnEachBackend]
    public async Task S047_a_stopped_job_is_not_retried(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string key = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!), new JobOptions
        {
            Retry = new Retry(3),
            OnStopped = Callback.To(CallbackJobs.StoppedAsync),
            OnFailure = Callback.To(CallbackJobs.Failed),
        });
        await CallbackJobs.ExecutionOfAsync(key);

        await Commands.StopJobAsync(world, worker.Name, job.Id);

        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        (await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1)).ContinueWith(task => task.Result.WaitForResultAsync(Eventually.Limit)).Unwrap()).ShouldBe(2);
        TestJobs.Runs(key).ShouldBe(1);
        TestJobs.Noted(job.Id).ShouldBe(["stopped Stopped False"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
        job.RetriesLeft.ShouldBe(3);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Failed("default"), job.Id)).ShouldNotBeNull();
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldBe("Job stopped by user, work-horse terminated.");
    }

    [Theory, OnEachBackend]
    public async Task CMD_3_a_job_that_ignores_its_token_is_stopped_all_the_same(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.TimeoutGrace = TimeSpan.FromMilliseconds(200));
        string gate = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate), new JobOptions { OnStopped = Callback.To(CallbackJobs.StoppedAsync) });
        await TestJobs.Gate(gate).HasEnteredAsync();

        await Commands.StopJobAsync(world, worker.Name, job.Id);

        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        TestJobs.Noted(job.Id).ShouldBe(["stopped Stopped False"]);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("ignores that it was stopped"));
        TestJobs.Gate(gate).Open();
        (await (await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        TestJobs.Noted(job.Id).Length.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task CMD_4_a_stop_by_execution_means_that_execution_only(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 2);
        (Job<string> job, string key, string execution) = await StartAsync(world);
        (Job<string> other, string otherKey, string otherExecution) = await StartAsync(world);

        await Commands.StopExecutionAsync(world, worker.Name, job.Id, otherExecution);
        await Commands.StopExecutionAsync(world, worker.Name, other.Id, otherExecution);
        await Should.ThrowAsync<JobFailedException>(() => other.WaitForResultAsync(Eventually.Limit));

        (await other.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        execution.ShouldNotBe(otherExecution);
        TestJobs.Gate(otherKey).Opened.Task.IsCompleted.ShouldBeFalse();
        TestJobs.Gate(key).Open();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
    }

    [Theory, OnEachBackend]
    public async Task Commands_that_are_broken_unknown_or_for_horses_change_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string key = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!));
        string execution = await CallbackJobs.ExecutionOfAsync(key);

        foreach (string payload in new[]
        {
            "", "{", "[]", "1", "null", "\"stop-job\"", "{}", """{"command": null}""", """{"command": ["stop-job"]}""", """{"command": "stop-job"}""",
            """{"command": "stop-job", "job_id": 7}""", """{"command": "stop-job", "job_id": "\ud800"}""", $$"""{"command": "stop-execution", "execution_id": "{{execution}}"}""",
            $$"""{"command": "stop-execution", "job_id": "other", "execution_id": "{{execution}}"}""", $$"""{"command": "stop-all", "job_id": "{{job.Id}}"}""", """{"command": "kill-horse"}""",
        })
            await Commands.SendAsync(world, worker.Name, payload);
        await Commands.SendAsync(world, worker.Name, new byte[] { 0xff, 0xfe, 0x00 });
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("'kill-horse' is ignored")), "all were read");
        await Commands.StopJobAsync(world, worker.Name, "late");
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("'stop-job' for job late had no effect")), "it is logged");

        TestJobs.Gate(key).Open();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
    }

    [Theory, OnEachBackend]
    public async Task S157_exactly_the_named_run_is_stopped(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 8);
        var random = new Random(157);
        var slots = new List<(Job<string> Job, string Key, string Execution)>();
        for (int i = 0; i < 8; i++)
            slots.Add(await StartAsync(world));

        for (int round = 0; round < Rounds; round++)
        {
            int index = random.Next(8);
            (Job<string> job, _, string execution) = slots[index];
            if (round % 2 == 0)
                await Commands.StopJobAsync(world, worker.Name, job.Id);
            else
                await Commands.StopExecutionAsync(world, worker.Name, job.Id, execution);
            await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));

            slots[index] = await StartAsync(world);
            // Late: the slot runs another job now. Twice, and by both names.
            await Commands.StopExecutionAsync(world, worker.Name, job.Id, execution);
            await Commands.StopJobAsync(world, worker.Name, job.Id);
        }

        await Eventually.BecomesAsync(
            () => world.LogCollector.GetSnapshot().Count(record => record.Message.Contains("had no effect")) == 2 * Rounds, "all late commands are logged");
        foreach ((Job<string> job, string key, _) in slots)
        {
            TestJobs.Gate(key).Open();
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
        }

        (await worker.StopAsync()).ShouldBe(8 + Rounds);
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_is_being_stopped_is_not_given_back_by_a_worker_that_goes(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string gate = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        await TestJobs.Gate(gate).HasEnteredAsync();
        await Commands.StopJobAsync(world, worker.Name, job.Id);
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("is being stopped")), "it is being stopped");

        await worker.AbortAsync();

        (await world.Queue().CountAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldBe("Job stopped by user, work-horse terminated.");
        TestJobs.Gate(gate).Open();
    }

    [Theory, OnEachBackend]
    public async Task A_job_whose_stopped_callback_runs_is_not_given_back_by_a_worker_that_goes(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string key = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(
            () => CallbackJobs.RunAsync(key, null!), new JobOptions { OnStopped = Callback.To(CallbackJobs.Blocks), Retry = new Retry(3) });
        await CallbackJobs.ExecutionOfAsync(key);
        await Commands.StopJobAsync(world, worker.Name, job.Id);
        await Eventually.BecomesAsync(() => TestJobs.Noted(job.Id).Length == 1, "its callback runs");

        await worker.AbortAsync();
        TestJobs.Gate(job.Id).Open();
        await world.RunBurstAsync();

        (await world.Queue().CountAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
        (await job.GetResultsAsync()).Single().ExceptionText.ShouldBe("Job stopped by user, work-horse terminated.");
        (TestJobs.Runs(key), TestJobs.Noted(job.Id).Length).ShouldBe((1, 1));
    }

    private static async Task<(Job<string> Job, string Key, string Execution)> StartAsync(TestWorld world)
    {
        string key = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!));
        return (job, key, await CallbackJobs.ExecutionOfAsync(key));
    }
}
