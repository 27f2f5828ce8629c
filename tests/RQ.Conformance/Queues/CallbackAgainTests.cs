using RQ.Jobs;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>Callbacks that were enqueued with a job that is run again, replaced, gone, or ended by Python.</summary>
public class CallbackAgainTests
{
    [Theory, OnEachBackend]
    public async Task A_failed_job_that_is_requeued_and_succeeds_calls_both(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await FailedAsync(world);
        TestJobs.Noted(job.Id).ShouldBe(["failure Failed JobFailedException: System.InvalidOperationException: not yet"]);

        await job.RequeueAsync();
        (await world.RunBurstAsync()).ShouldBe(2);

        TestJobs.Noted(job.Id)[1..].ShouldBe(["success 7 Finished"]);
        await HasWaitingAsync(world, job);
    }

    [Theory, OnEachBackend]
    public async Task One_that_python_released_waits_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await FailedAsync(world);
        foreach (int number in new[] { 2, 3 })
        {
            foreach (string id in await world.Queue("default").Deferred.GetJobIdsAsync())
                await ReleaseAsPythonAsync(world, job, id);

            (await world.RunBurstAsync()).ShouldBe(2);

            await HasWaitingAsync(world, job, $"success-{number}", $"stopped-{number}");
        }

        TestJobs.Noted(job.Id).Length.ShouldBe(1);
        await job.RequeueAsync();
        await world.RunBurstAsync();
        TestJobs.Noted(job.Id)[1..].ShouldBe(["success 7 Finished"]);
        await HasWaitingAsync(world, job);
    }

    [Theory, OnEachBackend]
    public async Task One_that_python_released_of_a_finished_job_vanishes(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), All());
        string failure = (await world.Queue("default").Deferred.GetJobIdsAsync()).Single(id => id.Contains("-on-failure-", StringComparison.Ordinal));
        await ReleaseAsPythonAsync(world, job, failure);

        // The job runs first.
        (await world.RunBurstAsync()).ShouldBe(3);

        TestJobs.Noted(job.Id).ShouldBe(["success 3 Finished"]);
        await HasWaitingAsync(world, job);
        (await Job.ExistsAsync(failure, world.Rq)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task A_job_under_the_same_id_has_callbacks_of_its_own(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string id = Guid.NewGuid().ToString();
        await FailedAsync(world, id);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), All() with { Id = id });

        (await world.RunBurstAsync()).ShouldBe(2);

        TestJobs.Noted(id)[1..].ShouldBe(["success 3 Finished"]);
        (await world.Queue("default").Deferred.CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task A_callback_whose_job_was_replaced_fails_and_says_so(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string id = Guid.NewGuid().ToString();
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), CallbacksElsewhere(id));
        await world.RunBurstAsync();
        await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4), CallbacksElsewhere(id));
        await world.RunBurstAsync();

        (await world.RunBurstAsync(["callbacks"])).ShouldBe(2);

        TestJobs.Noted(id).ShouldBe(["success 7 Finished"]);
        (await FailureAsync(world)).ShouldContain($"This job is the success callback of job '{id}', and a new job has taken that id");
    }

    [Theory, OnEachBackend]
    public async Task A_callback_whose_job_is_gone_fails_and_says_so(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), CallbacksElsewhere());
        await world.RunBurstAsync();
        await job.DeleteAsync();

        await world.RunBurstAsync(["callbacks"]);

        (await FailureAsync(world)).ShouldContain($"This job is the success callback of job '{job.Id}', which is no longer there");
        TestJobs.Noted(job.Id).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task Its_job_is_kept_although_the_worker_keeps_none(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), CallbacksElsewhere());
        Job own = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4), CallbacksElsewhere() with { ResultTtl = TimeSpan.FromHours(1) });

        await world.RunBurstAsync(configure: options => options.ResultTtl = TimeSpan.Zero);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromHours(23), TimeSpan.FromDays(1));
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(own.Id))).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(TimeSpan.FromHours(1));
        await world.RunBurstAsync(["callbacks"]);

        TestJobs.Noted(job.Id).ShouldBe(["success 3 Finished"]);
    }

    [Theory, OnEachBackend]
    public async Task Maintenance_releases_those_that_nobody_told(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var jobs = new Dictionary<string, Job>();
        foreach (string status in new[] { "finished", "failed", "stopped" })
        {
            Job job = jobs[status] = await world.Queue("python").EnqueueAsync(() => TestJobs.Add(1, 2), All("net"));
            await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), "status", status);
        }

        // Python may have dropped the set.
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Dependents(jobs["failed"].Id));
        await RQ.Redis.Transitions.Sweep.ExpireDeferredAsync(world.Rq, "net", CancellationToken.None);

        (await world.Queue("net").GetJobIdsAsync()).Select(id => id[..^9]).ShouldBe(
            [$"{jobs["finished"].Id}-on-success", $"{jobs["failed"].Id}-on-failure", $"{jobs["stopped"].Id}-on-stopped"], ignoreOrder: true);
        await HasWaitingAsync(world, jobs["finished"]);
        await HasWaitingAsync(world, jobs["failed"], "success", "stopped");
        await HasWaitingAsync(world, jobs["stopped"], "success", "failure");
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Releasing)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task Maintenance_removes_those_of_an_earlier_job_under_that_id(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string id = Guid.NewGuid().ToString();
        Job job = await world.Queue("python").EnqueueAsync(() => TestJobs.Add(1, 2), All("net") with { Id = id });
        await world.Queue("python").EnqueueAsync(() => TestJobs.Add(1, 2), All("net") with { Id = id });
        (await world.Queue("net").Deferred.CountAsync()).ShouldBe(6);

        await RQ.Redis.Transitions.Sweep.ExpireDeferredAsync(world.Rq, "net", CancellationToken.None);

        await HasWaitingAsync(world, job, "success", "failure", "stopped");
    }

    private static JobOptions All(string? queue = null) => new()
    {
        OnSuccess = Callback.To(AfterJobs.Succeeded).AsJob(queue),
        OnFailure = Callback.To(AfterJobs.Failed).AsJob(queue),
        OnStopped = Callback.To(AfterJobs.Stopped).AsJob(queue),
    };

    private static JobOptions CallbacksElsewhere(string? id = null) => new() { Id = id, OnSuccess = Callback.To(AfterJobs.Succeeded).AsJob("callbacks") };

    /// <summary>A job that has failed, its failure callback called, and that succeeds when it is run again.</summary>
    private static async Task<Job> FailedAsync(TestWorld world, string? id = null)
    {
        int runs = 0;
        string function = $"tasks.second-{Guid.NewGuid():N}";
        world.Functions.Add(function, () => runs++ == 0 ? throw new InvalidOperationException("not yet") : 7);
        Job job = await world.Queue().EnqueueAsync(JobCall.To(function), All() with { Id = id });
        (await world.RunBurstAsync()).ShouldBe(2);
        await HasWaitingAsync(world, job, "success", "stopped");
        return job;
    }

    /// <summary>As Python does it, whatever the end was.</summary>
    private static async Task ReleaseAsPythonAsync(TestWorld world, Job job, string id)
    {
        IDatabase database = world.Rq.Database;
        await database.SortedSetRemoveAsync(world.Rq.Keys.Deferred("default"), id);
        await database.SetRemoveAsync(world.Rq.Keys.Dependents(job.Id), id);
        await database.HashSetAsync(world.Rq.Keys.Job(id), "status", "queued");
        await database.ListRightPushAsync(world.Rq.Keys.Queue("default"), id);
    }

    private static async Task<string> FailureAsync(TestWorld world)
    {
        string id = (await world.Queue("callbacks").Failed.GetJobIdsAsync()).ShouldHaveSingleItem();
        return (await (await Job.FetchAsync(id, world.Rq)).GetLatestResultAsync())!.ExceptionText!;
    }

    private static async Task HasWaitingAsync(TestWorld world, Job job, params string[] expected)
    {
        var waiting = new List<string>();
        foreach (string queue in new[] { "default", "net" })
            waiting.AddRange(await world.Queue(queue).Deferred.GetJobIdsAsync());
        waiting.Where(id => id.StartsWith($"{job.Id}-on-", StringComparison.Ordinal)).Select(id => id[(job.Id.Length + 4)..].Split('-'))
            .Select(parts => parts.Length == 2 ? parts[0] : $"{parts[0]}-{parts[2]}").ShouldBe(expected, ignoreOrder: true);
    }
}
