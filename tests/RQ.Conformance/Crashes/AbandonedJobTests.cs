using RQ.Conformance.Executions;
using RQ.Conformance.Transitions;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Crashes;

/// <summary>Jobs whose worker died.</summary>
public class AbandonedJobTests
{
    /// <summary>A worker that took all there is and then died: its lease has run out.</summary>
    private static async Task<string> DieAsync(TestWorld world, int jobs)
    {
        TransitionClient dead = await TransitionClient.RegisterAsync(world);
        (await dead.TakeAsync(jobs, RQ.Executions.ExecutionIds.New(jobs))).Executions.Count.ShouldBe(jobs);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Leases, dead.Name, 0);
        return dead.Name;
    }

    [Theory, OnEachBackend]
    public async Task S046_ten_cleaners_recover_each_job_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(
            Enumerable.Range(0, 100).Select(_ => JobCall.To("a")), new JobOptions { OnAbandoned = AbandonedJob.Fail, Retry = new Retry(5) });
        string dead = await DieAsync(world, 100);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            using var maintenance = new RQ.Workers.Maintenance(new RQ.Workers.WorkerSetup(
                world.Rq, "cleaner", ["default"], new WorkerOptions().Freeze(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));
            await maintenance.RecoverAsync(dead);
        }));

        (await world.Queue().CountAsync()).ShouldBe(100);
        foreach (Job job in jobs)
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
            job.RetriesLeft.ShouldBe(4);
        }
    }

    [Theory, OnEachBackend]
    public async Task S095_CBK_7_WHK_3_everyone_is_told_of_each_abandoned_job_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using WebhookReceiver receiver = WebhookReceiver.Start();
        var jobs = new List<Job>();
        for (int i = 0; i < 10; i++)
        {
            jobs.Add(await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions
            {
                OnAbandoned = AbandonedJob.Fail,
                OnFailure = i == 3 ? Callback.To(CallbackJobs.Throws) : Callback.To(CallbackJobs.Failed),
                Webhooks = [new Webhook($"{receiver.Url}/{i}", JobStatus.Failed) { Method = HttpMethod.Post }],
            }));
        }

        await DieAsync(world, 10);
        world.StartWorker();
        world.StartWorker();

        foreach (Job job in jobs)
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it has failed");
        await receiver.ReceivesAsync(10);
        receiver.All.Select(request => request.Path).Order().ShouldBe(Enumerable.Range(0, 10).Select(i => $"/{i}"));
        receiver.All.ShouldAllBe(request => request.Body.Contains("AbandonedJobError"));
        foreach (Job job in jobs)
        {
            await Eventually.BecomesAsync(() => TestJobs.Noted(job.Id).Length == 1, "its callback was called");
            (await job.GetLatestResultAsync())!.ExceptionText!.ShouldContain("AbandonedJobError");
        }

        TestJobs.Noted(jobs[0].Id).ShouldBe(["failure Failed - - AbandonedJobException"]);
        TestJobs.Noted(jobs[3].Id).ShouldBe(["throws"]);
    }

    [Theory, OnEachBackend]
    public async Task A_callback_that_takes_long_holds_up_neither_the_recovery_of_other_jobs_nor_a_worker_that_goes(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var slow = new JobOptions { OnAbandoned = AbandonedJob.Fail, OnFailure = Callback.To(CallbackJobs.Blocks) };
        Job[] jobs = [.. await world.Queue().EnqueueManyAsync(Enumerable.Range(0, 3).Select(_ => JobCall.To("a")), slow)];
        string dead = await DieAsync(world, 3);

        RunningWorker worker = world.StartWorker();

        foreach (Job job in jobs)
        {
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it has failed");
            await Eventually.BecomesAsync(() => TestJobs.Noted(job.Id).Length == 1, "its callback was called");
        }

        await Eventually.BecomesAsync(async () => await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Leases, dead) is null, "the dead worker is buried");
        await worker.AbortAsync();
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("the failure callbacks of 3 jobs"));
        foreach (Job job in jobs)
            TestJobs.Gate(job.Id).Open();
    }

    public static TheoryData<Backend, AbandonedJob> Policies => new()
    {
        { Backend.Redis, AbandonedJob.Fail }, { Backend.Redis, AbandonedJob.Requeue }, { Backend.Embedded, AbandonedJob.Fail }, { Backend.Embedded, AbandonedJob.Requeue },
    };

    [Theory, MemberData(nameof(Policies))]
    public async Task Who_wants_to_know_is_told_also_when_the_server_refuses_something_of_the_end(Backend backend, AbandonedJob policy)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using WebhookReceiver receiver = WebhookReceiver.Start();
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions
        {
            OnAbandoned = policy,
            OnFailure = Callback.To(CallbackJobs.Failed),
            Webhooks = [new Webhook($"{receiver.Url}/failed", JobStatus.Failed)],
        });
        string dead = await DieAsync(world, 1);
        // A job that cannot be put back has failed, too.
        await world.Rq.Database.StringSetAsync(policy == AbandonedJob.Fail ? world.Rq.Keys.Failed("default") : world.Rq.Keys.Queue("default"), "in the way");
        using RQ.Workers.Maintenance maintenance = MaintenanceOf(world, world.Rq);

        await maintenance.RecoverAsync(dead);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        await maintenance.CompleteAsync(CancellationToken.None);
        await Eventually.BecomesAsync(() => TestJobs.Noted(job.Id).Length == 1, "its callback was called");
        await receiver.ReceivesAsync(1);
    }

    [Fact]
    public async Task A_release_that_takes_long_holds_up_neither_the_recovery_of_jobs_nor_those_who_are_told()
    {
        // More than the end of a job releases by itself.
        const int many = 600;
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqConnection slow = await RqConnection.ConnectAsync(world.Url);
        var begins = new TaskCompletionSource();
        var goesOn = new TaskCompletionSource();
        slow.Interceptor = async call =>
        {
            if (call.Script.Name == "release")
            {
                begins.TrySetResult();
                await goesOn.Task;
            }

            return await world.Rq.ExecuteAsync(call);
        };
        Queue after = world.Queue("after");
        Task<IReadOnlyList<Job>> FollowAsync(Job parent) =>
            after.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("a"), many), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        // Somebody has ended a job, and died before he had released what waits for it.
        await using TransitionClient gone = await TransitionClient.RegisterAsync(world);
        await FollowAsync(await world.Queue().EnqueueAsync(JobCall.To("a")));
        (await gone.FinishAsync((await gone.TakeAsync(1, RQ.Executions.ExecutionIds.New(1))).Executions.Single())).ShouldBe(Verdict.Releasing);
        using RQ.Workers.Maintenance maintenance = MaintenanceOf(world, slow);
        Task running = maintenance.RunAsync();
        void Report(params string[] expired) => maintenance.Report(new WorkerRecord.Renewal(true, 1, null, DateTimeOffset.UtcNow, expired));
        await Eventually.BecomesAsync(
            () =>
            {
                Report();
                return begins.Task.IsCompleted;
            },
            "it is found, and goes on for long");
        Job[] jobs = [.. await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("a"), 2), new JobOptions { OnAbandoned = AbandonedJob.Fail, OnFailure = Callback.To(CallbackJobs.Failed) })];
        foreach (Job job in jobs)
            await FollowAsync(job);
        string dead = await DieAsync(world, 2);

        Report(dead);

        foreach (Job job in jobs)
        {
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it has failed");
            await Eventually.BecomesAsync(() => TestJobs.Noted(job.Id).Length == 1, "its callback was called");
        }

        await Eventually.BecomesAsync(async () => await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Leases, dead) is null, "the dead worker is buried");
        (await after.CountAsync()).ShouldBe(0, "nothing was released yet");
        goesOn.SetResult();
        await Eventually.BecomesAsync(async () => await after.CountAsync() == 3 * many, "all are released");
        await maintenance.StopAsync();
        await running.WaitAsync(Eventually.Limit);
        await maintenance.CompleteAsync(CancellationToken.None);
    }

    private static RQ.Workers.Maintenance MaintenanceOf(TestWorld world, RqConnection rq) => new(new RQ.Workers.WorkerSetup(
        rq, "cleaner", ["default"], new WorkerOptions { Functions = world.Functions }.Freeze(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));

    [Theory, OnEachBackend]
    public async Task S082_children_that_allow_failure_go_on_after_an_abandoned_parent(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions { OnAbandoned = AbandonedJob.Fail });
        Job<int> allows = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        Job<int> waits = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { DependsOn = [parent] });
        await DieAsync(world, 1);

        world.StartWorker();

        (await allows.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await waits.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
    }
}
