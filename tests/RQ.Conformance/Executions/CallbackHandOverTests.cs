using RQ.Conformance.Transitions;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>A callback that the job's worker does not know becomes a job of its own.</summary>
public partial class CallbackHandOverTests
{
    private const string Done = "tasks.done";
    private static readonly JobOptions s_all = new() { OnSuccess = Callback.To(Done, TimeSpan.FromSeconds(7)), OnFailure = Callback.To(Done), OnStopped = Callback.To(Done) };

    [Theory, OnEachBackend]
    public async Task After_success_it_is_a_job_with_rqs_arguments_as_data(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);

        (await world.RunBurstAsync()).ShouldBe(1);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        Job callback = (await world.Queue().GetJobsAsync()).ShouldHaveSingleItem();
        callback.Function.ShouldBe(Done);
        callback.Arguments.ShouldBe([job.Id, null, 3L]);
        callback.Timeout.ShouldBe(TimeSpan.FromSeconds(7));
        callback.ResultTtl.ShouldBeNull();
        callback.Description.ShouldBe($"tasks.done, the success callback of job {job.Id}");
        callback.Id.ShouldMatch("^callback-[0-9a-f]{32}-success$");
        HashEntry[] fields = await world.Rq.Database.HashGetAllAsync(world.Rq.Keys.Job(callback.Id));
        fields.ShouldContain(new HashEntry(JobFields.CallbackOf, job.Id));
        fields.ShouldContain(new HashEntry(JobFields.CallbackOn, "success"));
        fields.ShouldContain(new HashEntry(JobFields.OnAbandoned, "requeue"));
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.EndsWith($"its success callback (tasks.done) is not known here; handed over as job {callback.Id} on default"));
    }

    [Theory, OnEachBackend]
    public async Task It_is_not_on_its_queue_before_the_jobs_end_is_stored(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);

        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Execution execution = await TakeAsync(client);

        // Its outcome is known, and not stored.
        (await InlineExecution.RunAsync(world.Rq, Inline.Options(world), new RunningExecution(execution))).ShouldBeOfType<Outcome.Finished>();

        (await world.Queue("default").Deferred.GetJobIdsAsync()).ShouldBe([$"callback-{execution.Id}-success"]);
        (await world.Queue().IsEmptyAsync()).ShouldBeTrue();
        (await client.FinishAsync(execution)).ShouldBe(Verdict.Released);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([$"callback-{execution.Id}-success"]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_is_canceled_or_deleted_meanwhile_calls_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        foreach (Func<Job, Task> change in new Func<Job, Task>[] { job => job.CancelAsync(), job => job.DeleteAsync() })
        {
            Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
            Execution execution = await TakeAsync(client);
            await InlineExecution.RunAsync(world.Rq, Inline.Options(world), new RunningExecution(execution));
            (await world.Queue("default").Deferred.CountAsync()).ShouldBe(1);

            await change(job);

            await HasNoCallbackAsync(world, execution);
            // One that comes too late is not stored.
            await InlineExecution.RunAsync(world.Rq, Inline.Options(world), new RunningExecution(execution));
            await HasNoCallbackAsync(world, execution);
        }
    }

    [Theory, OnEachBackend]
    public async Task An_execution_that_was_lost_has_its_own_callback_called_for_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Execution lost = await TakeAsync(client);
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world), new RunningExecution(lost));

        // Recovered, and run by another, for which it fails.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "status", "queued");
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), job.Id);
        Execution current = await TakeAsync(client);
        // What the first one still sends is dropped at once.
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world), new RunningExecution(lost));
        (await client.FailAsync(current)).ShouldBe(Verdict.Released);

        await HasNoCallbackAsync(world, lost);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
    }

    [Theory, OnEachBackend]
    public async Task An_end_that_is_another_than_the_one_that_was_handed_over_calls_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Execution execution = await TakeAsync(client);
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world), new RunningExecution(execution));

        // As when the server refuses the result, or the work horse dies.
        await client.FailAsync(execution);

        await HasNoCallbackAsync(world, execution);
    }

    [Theory, OnEachBackend]
    public async Task One_that_python_releases_at_the_end_of_another_execution_calls_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Execution lost = await TakeAsync(client);
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world, options => options.CallbackQueue = "callbacks"), new RunningExecution(lost));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "status", "failed");
        string id = (await world.Queue("callbacks").Deferred.GetJobIdsAsync()).ShouldHaveSingleItem();
        await world.Rq.Database.SortedSetRemoveAsync(world.Rq.Keys.Deferred("callbacks"), id);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(id), "status", "queued");
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("callbacks"), id);
        int calls = 0;

        (await world.RunBurstAsync(["callbacks"], options => options.Functions = new JobFunctions().Add(Done, (int result) => calls += result))).ShouldBe(1);

        calls.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task The_worker_itself_takes_back_what_nobody_releases(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var gate = new TaskCompletionSource();
        world.Functions.Add("tasks.gate", async () => await gate.Task);
        RunningWorker worker = world.StartWorker(configure: options => options.CallbackQueue = "callbacks");
        Job job = await world.Queue().EnqueueAsync(JobCall.To("tasks.gate"), s_all);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Started, "it runs");
        // As RQ 1.13 does it: nobody is told.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "status", "canceled");

        gate.SetResult();

        await worker.StopAsync();
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("handed over as job", StringComparison.Ordinal));
        (await world.Queue("callbacks").Deferred.CountAsync()).ShouldBe(0);
        (await world.Queue("callbacks").CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task What_runs_again_before_it_could_be_released_keeps_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all with { Repeat = new Repeat(1) });
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        // More than one call releases by itself.
        await world.Queue().EnqueueManyAsync(Enumerable.Range(0, 501).Select(_ => JobRequest.For(() => TestJobs.Nothing(), new JobOptions { DependsOn = [job] })));
        Execution first = await TakeAsync(client);
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world, options => options.CallbackQueue = "callbacks"), new RunningExecution(first));
        (await client.FinishAsync(first)).ShouldBe(Verdict.Releasing);
        Execution second = await TakeAsync(client);
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world, options => options.CallbackQueue = "callbacks"), new RunningExecution(second));

        await Release.ExecuteAsync(world.Rq, job.Id, CancellationToken.None);

        (await world.Queue("callbacks").GetJobIdsAsync()).ShouldBe([$"callback-{first.Id}-success"]);
        (await world.Queue("callbacks").Deferred.GetJobIdsAsync()).ShouldBe([$"callback-{second.Id}-success"]);
        await client.FinishAsync(second);
        await Release.ExecuteAsync(world.Rq, job.Id, CancellationToken.None);
        (await world.Queue("callbacks").CountAsync()).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task An_abandoned_execution_does_not_take_the_place_of_another(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), s_all with { Retry = new Retry(2), OnAbandoned = AbandonedJob.Fail });
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Execution first = await TakeAsync(client);
        await InlineExecution.RunAsync(world.Rq, Inline.Options(world, options => options.CallbackQueue = "callbacks"), new RunningExecution(first));
        await client.FailAsync(first);
        // The second attempt is Python's, which writes no execution, and dies.
        await world.Rq.Database.ListRemoveAsync(world.Rq.Keys.Queue("default"), job.Id);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), [new("status", "started"), new("worker_name", "python")]);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), job.Id, 1);
        var setup = new WorkerSetup(
            world.Rq, "cleaner", ["default"], Inline.Options(world, options => options.CallbackQueue = "callbacks"), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var abandonment = new Abandonment(setup, CancellationToken.None);

        (await abandonment.AbandonAsync(new Overdue.Found(job.Id, job.Id, "", "python", "1", false), "default")).ShouldBe(Verdict.Applied);

        await abandonment.CompleteAsync(CancellationToken.None);
        (await world.Queue("callbacks").GetJobsAsync()).Select(callback => callback.Arguments[2]).ShouldBe(["System.InvalidOperationException", "RQ.AbandonedJobException"]);
    }

    [Theory, OnEachBackend]
    public async Task A_failure_is_told_once_for_each_attempt(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("boom"), s_all with { Retry = new Retry(1) });

        (await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks")).ShouldBe(2);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        IReadOnlyList<Job> callbacks = await world.Queue("callbacks").GetJobsAsync();
        callbacks.Count.ShouldBe(2);
        callbacks[0].Id.ShouldNotBe(callbacks[1].Id);
        foreach (Job callback in callbacks)
        {
            callback.Arguments.Take(4).ShouldBe([job.Id, null, "System.InvalidOperationException", "boom"]);
            callback.Arguments[4].ShouldBeOfType<string>().ShouldStartWith("System.InvalidOperationException: boom\n   at RQ.TestSupport.TestJobs.Fail");
        }

        (await job.GetLatestResultAsync())!.ExceptionText.ShouldBe((string)callbacks[1].Arguments[4]!);
    }

    [Theory, OnEachBackend]
    public async Task A_stopped_job_hands_it_over_too(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.CallbackQueue = "callbacks");
        string key = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!), s_all);
        await CallbackJobs.ExecutionOfAsync(key);

        await Commands.StopJobAsync(world, worker.Name, job.Id);

        await Should.ThrowAsync<JobFailedException>(() => job.WaitForResultAsync(Eventually.Limit));
        // The result is there before what waited for it is released, where that takes a call of its own.
        await Eventually.BecomesAsync(async () => await world.Queue("callbacks").CountAsync() > 0, "it was released");
        Job callback = (await world.Queue("callbacks").GetJobsAsync()).ShouldHaveSingleItem();
        callback.Arguments.ShouldBe([job.Id, null]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
    }

    [Theory, OnEachBackend]
    public async Task Nothing_is_lost_when_the_job_is_not_kept(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all with { ResultTtl = TimeSpan.Zero });
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("x"), s_all with { FailureTtl = TimeSpan.Zero });

        (await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks")).ShouldBe(2);

        (await world.Queue("callbacks").GetJobsAsync()).Select(job => job.Arguments.Count).ShouldBe([3, 5]);
    }

    [Theory, OnEachBackend]
    public async Task Each_run_of_a_repeating_job_hands_over_its_own(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), s_all with { Repeat = new Repeat(2) });

        (await world.RunBurstAsync(configure: options => options.CallbackQueue = "callbacks")).ShouldBe(3);

        (await world.Queue("callbacks").CountAsync()).ShouldBe(3);
    }

    private static async Task<Execution> TakeAsync(TransitionClient client) => (await client.TakeAsync(10, [.. ExecutionIds.New(1)])).Executions.ShouldHaveSingleItem();

    private static async Task HasNoCallbackAsync(TestWorld world, Execution execution)
    {
        (await Job.ExistsAsync($"callback-{execution.Id}-success", world.Rq)).ShouldBeFalse();
        (await world.Queue("default").Deferred.CountAsync()).ShouldBe(0);
        (await world.Queue().IsEmptyAsync()).ShouldBeTrue();
    }

    private static async Task SendAsync(TestWorld world, Job job, CancellationToken shutdown = default) =>
        await SendAsync(world, new RQ.Workers.RunningExecution(await Inline.TakeAsync(world, job), shutdown));

    private static Task SendAsync(TestWorld world, RQ.Workers.RunningExecution running)
    {
        var setup = new RQ.Workers.WorkerSetup(
            world.Rq, "w", ["default"], Inline.Options(world, options => options.CallbackQueue = "callbacks").Freeze(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var run = new RQ.Executions.ExecutionRun(setup, running);
        // Not the end of the job, so it goes to its queue at once.
        return new RQ.Executions.CallbackHandOver(setup).SendAsync(
            run.ContextFor(), new CallbackName(Done, TimeSpan.FromMinutes(1)), CallbackEvent.Success, isEnd: false, 3);
    }

    private static async Task<string?> CallbackOf(TestWorld world, Job job)
    {
        await job.RefreshAsync();
        return (await world.Queue().GetJobIdsAsync()).FirstOrDefault(id => id.StartsWith("callback-", StringComparison.Ordinal));
    }
}
