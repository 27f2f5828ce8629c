using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Jobs that are enqueued again, run again or vanish while others wait for them.</summary>
public class SecondLifeTests
{
    private static readonly JobCall s_add = JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2);
    private static readonly JobCall s_fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");

    private static async Task FollowUpAsync(TestWorld world)
    {
        foreach (string left in await Release.PendingAsync(world.Rq))
            await Release.CompleteAsync(world.Rq, left, CancellationToken.None);
    }

    [Theory, OnEachBackend]
    public async Task A_rate_limited_job_that_is_enqueued_again_keeps_its_way_to_the_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var options = new JobOptions { Id = "a", RateLimit = new RateLimit("k", 1) };
        await world.Queue().EnqueueAsync(s_add, options);
        Job again = await world.Queue().EnqueueAsync(s_add, options);
        await FollowUpAsync(world);

        (await world.Queue().GetJobIdsAsync()).ShouldBe(["a"]);
        (await world.RunBurstAsync()).ShouldBe(1);
        (await again.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.KeyPrefix + "rl-keys")).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task Emptying_a_queue_does_not_lose_the_job_that_is_let_in_meanwhile(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var limited = new JobOptions { RateLimit = new RateLimit("k", 1) };
        await world.Queue().EnqueueAsync(s_add, limited);
        Job front = await world.Queue().EnqueueAsync(s_add, limited with { AtFront = true });
        front.Status.ShouldBe(JobStatus.RateLimited);

        (await world.Queue().EmptyAsync()).ShouldBe(1);

        await FollowUpAsync(world);
        (await front.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([front.Id]);
    }

    [Theory, OnEachBackend]
    public async Task RL_3_jobs_of_one_call_are_let_in_in_their_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        await world.Queue().EnqueueManyAsync(new[] { "z", "y", "x", "w" }.Select(item =>
            JobRequest.For(() => TestJobs.Note(list, item), new JobOptions { Id = item, RateLimit = new RateLimit("k", 1) })));

        await world.RunBurstAsync();

        TestJobs.Noted(list).ShouldBe(["z", "y", "x", "w"]);
    }

    [Theory, OnEachBackend]
    public async Task A_parent_that_was_met_and_is_run_again_releases_its_child_after_all(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job first = await world.Queue("first").EnqueueAsync(s_add, new JobOptions { Id = "first" });
        await world.RunBurstAsync(["first"]);
        Job second = await world.Queue("second").EnqueueAsync(s_add);
        Job child = await world.Queue().EnqueueAsync(s_add, new JobOptions { DependsOn = [first, second] });

        await world.Queue("first").EnqueueAsync(s_add, new JobOptions { Id = "first" });
        await world.RunBurstAsync(["second"]);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred, "the first one is on its way again");
        await world.RunBurstAsync(["first"]);

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_expired_in_line_for_its_rate_limit_counts_as_met(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var limit = new RateLimit("k", 1);
        await world.Queue().EnqueueAsync(s_add, new JobOptions { RateLimit = limit });
        Job hurried = await world.Queue().EnqueueAsync(s_add, new JobOptions { RateLimit = limit, Ttl = TimeSpan.FromMinutes(10) });
        Job child = await world.Queue("other").EnqueueAsync(s_add, new JobOptions { DependsOn = [hurried] });
        child.Status.ShouldBe(JobStatus.Deferred);
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.Job(hurried.Id), TimeSpan.FromMilliseconds(1));
        await Eventually.BecomesAsync(async () => !await Job.ExistsAsync(hurried.Id, world.Rq), "it has expired");

        await world.RunBurstAsync();
        await FollowUpAsync(world);

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Dependents(hurried.Id))).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task What_is_left_to_tell_of_an_earlier_life_does_not_judge_the_next_one(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var named = new JobOptions { Id = "p" };
        await world.Queue("unserved").EnqueueAsync(s_add, named);
        // As a client leaves it that dies right after its delete.
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Releasing, "p", "deleted");
        await world.Queue("unserved").EnqueueAsync(s_add, named);
        Job child = await world.Queue().EnqueueAsync(s_add, new JobOptions { DependsOn = new Dependency("p") { IfUnmet = UnmetDependency.Fail } });

        await FollowUpAsync(world);

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        await world.RunBurstAsync(["unserved"]);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task DEP_6_a_parent_canceled_with_release_is_met_also_for_children_of_several(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job first = await world.Queue("unserved").EnqueueAsync(s_add), second = await world.Queue().EnqueueAsync(s_add);
        Job child = await world.Queue().EnqueueAsync(s_add, new JobOptions { DependsOn = [first, second] });

        await first.CancelAsync(enqueueDependents: true);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        await world.RunBurstAsync();

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task Deleting_by_registry_leaves_jobs_alone_that_have_left_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(s_fail);
        await world.RunBurstAsync();
        await job.RequeueAsync();
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Failed("default"), job.Id, DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds());

        (await world.Queue().Failed.DeleteAllAsync()).ShouldBe(0);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task Canceling_a_whole_queue_tells_those_that_wait(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue("gone").EnqueueAsync(s_add, new JobOptions { FailureTtl = TimeSpan.FromMinutes(10) });
        Job child = await world.Queue().EnqueueAsync(s_add, new JobOptions { DependsOn = new Dependency(parent) { IfUnmet = UnmetDependency.Cancel } });

        await world.Queue("gone").DeleteAsync(deleteJobs: false);

        (await parent.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(parent.Id)))!.Value.TotalMinutes.ShouldBeInRange(5, 10);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task A_deferred_job_that_expired_and_is_to_be_kept_for_ever_is(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job parent = await world.Queue("unserved").EnqueueAsync(s_add);
        Job child = await world.Queue().EnqueueAsync(s_add, new JobOptions { DependsOn = [parent], Ttl = TimeSpan.FromSeconds(1), FailureTtl = Timeout.InfiniteTimeSpan });

        await Eventually.BecomesAsync(async () => await world.Queue().Deferred.CleanUpAsync() == 1, "its time to wait is over");

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(child.Id))).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task One_id_cannot_name_two_jobs_of_one_call(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var twice = new JobRequest(s_add, new JobOptions { Id = "x" });
        await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueManyAsync([twice, twice]));

        var batch = new JobBatch(world.Rq);
        batch.Add(world.Queue(), s_add, new JobOptions { Id = "a", DependsOn = ["b"] });
        batch.Add(world.Queue(), s_add, new JobOptions { Id = "b", DependsOn = ["a"] });
        await Should.ThrowAsync<DependencyCycleException>(() => batch.EnqueueAsync());

        (await world.Queue().CountAsync()).ShouldBe(0);
        (await Job.ExistsAsync("x", world.Rq)).ShouldBeFalse();
        (await Should.ThrowAsync<ArgumentException>(() => world.Queue().EnqueueAsync(Job.Create(s_add)))).Message.ShouldContain("Enqueue its call");
    }

    [Theory, OnEachBackend]
    public async Task A_full_queue_takes_a_job_that_replaces_one_and_counts_one_that_is_past_due(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue(options: new QueueOptions { MaxLength = 1 });
        await queue.EnqueueAsync(s_add, new JobOptions { Id = "a" });

        (await queue.EnqueueAsync(s_add, new JobOptions { Id = "a" })).Status.ShouldBe(JobStatus.Queued);
        await Should.ThrowAsync<QueueFullException>(() => queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddMinutes(-1), s_add));
        (await queue.CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task TST_3_many_jobs_with_dependencies_are_run_by_their_caller_in_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        Queue queue = world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = world.Functions } });

        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync([
            JobRequest.For(() => TestJobs.Note(list, "child"), new JobOptions { DependsOn = ["parent"] }),
            JobRequest.For(() => TestJobs.Note(list, "parent"), new JobOptions { Id = "parent" })]);

        jobs.ShouldAllBe(job => job.Status == JobStatus.Finished);
        TestJobs.Noted(list).ShouldBe(["parent", "child"]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_20_lambdas_with_a_time_keep_their_type(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<string> valueTask = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => ShapedJobs.ValueTaskAsync("x"));
        Job<int> instance = await world.Queue().EnqueueAtAsync(DateTimeOffset.UtcNow.AddHours(1), (PlainJob job) => job.DoubleAsync(2));

        (valueTask.Status, instance.Status).ShouldBe((JobStatus.Scheduled, JobStatus.Scheduled));
    }
}
