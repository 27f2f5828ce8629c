using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Registries;

/// <summary>Requeueing, deleting and cleaning by registry.</summary>
public class RegistryChangeTests
{
    private static readonly JobCall s_fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");

    private static async Task<IReadOnlyList<Job>> FailedAsync(TestWorld world, int count)
    {
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(
            Enumerable.Range(0, count).Select(i => new JobRequest(s_fail, new JobOptions { Meta = new Dictionary<string, object?> { ["i"] = i } })));
        await world.RunBurstAsync(configure: options => options.Concurrency = 20);
        return jobs;
    }

    [Theory, OnEachBackend]
    public async Task REG_7_only_failed_jobs_of_the_queue_are_requeued(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> jobs = await FailedAsync(world, 3);
        Queue queue = world.Queue();

        await queue.Failed.RequeueAsync(jobs[1]);
        await queue.Failed.RequeueAsync(jobs[2], atFront: true);

        (await queue.GetJobIdsAsync()).ShouldBe([jobs[2].Id, jobs[1].Id]);
        (await Should.ThrowAsync<InvalidJobOperationException>(() => queue.Failed.RequeueAsync(jobs[1]))).Status.ShouldBe(JobStatus.Queued);
        await Should.ThrowAsync<InvalidJobOperationException>(() => queue.Failed.RequeueAsync("none"));
        await Should.ThrowAsync<InvalidJobOperationException>(() => queue.Finished.RequeueAsync(jobs[0]));
        (await queue.Failed.CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task REG_7_a_failed_job_of_another_queue_is_not_requeued(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = (await FailedAsync(world, 1))[0];

        (await Should.ThrowAsync<InvalidJobOperationException>(() => world.Queue("other").Failed.RequeueAsync(job))).Status.ShouldBe(JobStatus.Failed);

        (await world.Queue().Failed.GetJobIdsAsync()).ShouldBe([job.Id]);
        await world.Queue().Failed.RequeueAsync(job);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id]);
    }

    [Theory, OnEachBackend]
    public async Task REG_7_all_or_some_are_requeued_and_deleted(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await FailedAsync(world, 450);
        Queue queue = world.Queue();

        (await queue.Failed.RequeueAllAsync(job => job.GetMeta<int>("i") % 2 == 0)).ShouldBe(new RequeuedJobs(225, 0));
        (await queue.Failed.DeleteAllAsync(job => job.GetMeta<int>("i") < 100)).ShouldBe(50);
        (await queue.Failed.CountAsync()).ShouldBe(175);
        (await queue.Failed.RequeueAllAsync()).ShouldBe(new RequeuedJobs(175, 0));
        (await queue.CountAsync()).ShouldBe(400);
        (await queue.Failed.CountAsync()).ShouldBe(0);
        await Should.ThrowAsync<InvalidOperationException>(() => queue.Canceled.RequeueAllAsync());
    }

    [Theory, OnEachBackend]
    public async Task S128_ids_of_jobs_that_are_gone_harm_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        await FailedAsync(world, 100);
        await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), 100));
        await world.RunBurstAsync(configure: options => options.Concurrency = 20);
        Job parent = await world.Queue("unserved").EnqueueAsync(s_fail);
        await queue.EnqueueManyAsync(Enumerable.Repeat(s_fail, 100), new JobOptions { DependsOn = [parent] });
        await queue.EnqueueManyAsync(Enumerable.Repeat(s_fail, 100), new JobOptions { DueIn = TimeSpan.FromHours(1) });
        foreach (Job job in await queue.EnqueueManyAsync(Enumerable.Repeat(s_fail, 100)))
            await job.CancelAsync();
        JobRegistry[] registries = [queue.Finished, queue.Failed, queue.Deferred, queue.Scheduled, queue.Canceled];
        string[] keys =
        [
            world.Rq.Keys.Finished("default"), world.Rq.Keys.Failed("default"), world.Rq.Keys.Deferred("default"), world.Rq.Keys.Scheduled("default"),
            world.Rq.Keys.Canceled("default"), world.Rq.Keys.Started("default"),
        ];
        long score = DateTimeOffset.UtcNow.AddSeconds(-100).ToUnixTimeSeconds();
        foreach (string key in keys)
        {
            for (int i = 0; i < 100; i++)
                await world.Rq.Database.SortedSetAddAsync(key, key.EndsWith("wip:default", StringComparison.Ordinal) ? $"ghost-{i}:e" : $"ghost-{i}", key.EndsWith("scheduled:default", StringComparison.Ordinal) ? score : score + 10_000);
        }

        for (int i = 0; i < 100; i++)
            await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), $"ghost-{i}");

        foreach (JobRegistry registry in registries)
        {
            (await registry.CountAsync()).ShouldBe(200, registry.Kind.ToString());
            (await registry.GetJobsAsync()).Count.ShouldBe(100, registry.Kind.ToString());
        }

        (await queue.Failed.RequeueAllAsync()).ShouldBe(new RequeuedJobs(100, 100));
        (await queue.CompactAsync()).ShouldBe(100);
        (await queue.EmptyAsync()).ShouldBe(100);
        foreach (JobRegistry registry in registries.Append(queue.Started))
        {
            (await registry.CleanUpAsync()).ShouldBe(registry.Kind == RegistryKind.Failed ? 0 : 100, registry.Kind.ToString());
            (await registry.CountAsync()).ShouldBe(registry.Kind is RegistryKind.Failed or RegistryKind.Started ? 0 : 100, registry.Kind.ToString());
        }
    }

    [Theory, OnEachBackend]
    public async Task REG_5_removing_an_entry_never_leaves_a_job_in_no_place(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job failed = (await FailedAsync(world, 1))[0];
        Job later = await queue.EnqueueInAsync(TimeSpan.FromHours(1), s_fail);

        (await queue.Failed.RemoveAsync(failed)).ShouldBeTrue();
        (await queue.Failed.RemoveAsync(failed)).ShouldBeFalse();
        (await failed.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        await Should.ThrowAsync<InvalidJobOperationException>(() => queue.Scheduled.RemoveAsync(later));
        (await queue.Scheduled.RemoveAsync(later, deleteJob: true)).ShouldBeTrue();
        (await Job.ExistsAsync(later.Id, world.Rq)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task REG_8_cleaning_up_leaves_what_python_is_about_to_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        async Task<string> ListAsync(string registry, string entryEnd, params (string Field, string Value)[] fields)
        {
            Job job = await queue.EnqueueAsync(s_fail);
            foreach ((string field, string value) in fields)
                await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), field, value);
            await world.Rq.Database.SortedSetAddAsync(registry, job.Id + entryEnd, 1);
            return job.Id;
        }

        string scheduled = world.Rq.Keys.Scheduled("default"), started = world.Rq.Keys.Started("default"), execution = $":{Guid.NewGuid():N}";
        // Only made so far, and scheduled.
        string[] toCome = [await ListAsync(scheduled, "", ("status", "created")), await ListAsync(scheduled, "", ("status", "queued"), ("enqueued_at", ""))];
        await ListAsync(scheduled, "", ("status", "queued"));
        await ListAsync(scheduled, "", ("status", "canceled"));
        // Listed as running by a worker that died before the status said so.
        string[] unstarted = [await ListAsync(started, execution, ("status", "queued")), await ListAsync(started, "", ("status", "created"))];
        await ListAsync(started, execution, ("status", "finished"));

        (await queue.Scheduled.CleanUpAsync()).ShouldBe(2);
        (await queue.Started.CleanUpAsync()).ShouldBe(1);

        (await queue.Scheduled.GetJobIdsAsync()).ShouldBe(toCome, ignoreOrder: true);
        (await queue.Started.GetJobIdsAsync()).ShouldBe(unstarted, ignoreOrder: true);
    }

    [Theory, OnEachBackend]
    public async Task REG_8_and_REG_10_cleaning_up_removes_what_has_expired(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job kept = await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { ResultTtl = Timeout.InfiniteTimeSpan });
        Job failed = await queue.EnqueueAsync(s_fail, new JobOptions { FailureTtl = Timeout.InfiniteTimeSpan });
        Job brief = await queue.EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { ResultTtl = TimeSpan.FromSeconds(1) });
        await world.RunBurstAsync();
        await Eventually.BecomesAsync(async () => !await Job.ExistsAsync(brief.Id, world.Rq), "it has expired");

        await Eventually.BecomesAsync(async () => await queue.Finished.CleanUpAsync() == 1, "its entry is removed");

        (await queue.Failed.CleanUpAsync()).ShouldBe(0);
        (await queue.Finished.GetJobIdsAsync()).ShouldBe([kept.Id]);
        (await queue.Failed.GetJobIdsAsync()).ShouldBe([failed.Id]);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Finished("default"), kept.Id)).ShouldBe(double.PositiveInfinity, "S029");
    }

    [Theory, OnEachBackend]
    public async Task QUE_13_a_queue_has_its_registries(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue("q");
        new[] { queue.Started, queue.Finished, queue.Failed, queue.Deferred, queue.Scheduled, queue.Canceled, queue.Ready }
            .Select(registry => (registry.Kind, registry.QueueName)).ShouldBe(Enum.GetValues<RegistryKind>().Select(kind => (kind, "q")));
    }
}
