using RQ.Conformance.Transitions;
using RQ.Executions;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>Looking into queues and changing what is on them.</summary>
public class QueueControlTests
{
    [Theory, OnEachBackend]
    public async Task QUE_3_and_QUE_4_count_and_pages(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        (await queue.IsEmptyAsync()).ShouldBeTrue();
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Range(0, 7).Select(i => JobCall.To("a", i)));
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(jobs[2].Id));

        (await queue.CountAsync()).ShouldBe(7);
        (await queue.IsEmptyAsync()).ShouldBeFalse();
        (await queue.GetJobIdsAsync(1, 2)).ShouldBe([jobs[1].Id, jobs[2].Id]);
        (await queue.GetJobsAsync(1, 3)).Select(job => job.Id).ShouldBe([jobs[1].Id, jobs[3].Id]);
        (await queue.GetJobsAsync()).Count.ShouldBe(6);
        (await queue.CountAsync()).ShouldBe(7, "reading changes nothing");
    }

    [Theory, OnEachBackend]
    public async Task QUE_5_fetches_only_its_own_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue("a").EnqueueAsync(JobCall.To("f"));

        (await world.Queue("a").FetchJobAsync(job.Id)).ShouldBe(job);
        (await world.Queue("b").FetchJobAsync(job.Id)).ShouldBeNull();
        (await world.Queue("a").FetchJobAsync("none")).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task QUE_6_and_JOB_13_position(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync([JobCall.To("a"), JobCall.To("b"), JobCall.To("c")]);

        (await queue.GetPositionAsync(jobs[2])).ShouldBe(2);
        (await jobs[0].GetPositionAsync()).ShouldBe(0);
        (await queue.GetPositionAsync("none")).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task QUE_7_a_removed_job_is_not_run_and_can_be_put_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job<int> job = await queue.EnqueueAsync(() => TestJobs.Add(1, 2));

        (await queue.RemoveAsync(job)).ShouldBeTrue();
        (await queue.RemoveAsync(job)).ShouldBeFalse();
        (await world.RunBurstAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);

        await queue.EnqueueAsync(job);
        (await world.RunBurstAsync()).ShouldBe(1);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Canceled("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task QUE_8_emptying_deletes_what_waits_and_nothing_else(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Range(0, 450).Select(_ => JobCall.To("a")));
        Job child = await queue.EnqueueAsync(JobCall.To("b"), new JobOptions { DependsOn = [jobs[0]] });
        Job later = await queue.EnqueueInAsync(TimeSpan.FromHours(1), JobCall.To("c"));
        await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), "ghost");

        (await queue.EmptyAsync()).ShouldBe(450);

        (await queue.CountAsync()).ShouldBe(0);
        (await Job.FetchManyAsync(jobs.Select(job => job.Id), world.Rq)).ShouldAllBe(job => job == null);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Dependents(jobs[0].Id))).ShouldBeFalse();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Releasing)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task QUE_9_deleting_a_queue_takes_it_off_the_list(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job gone = await world.Queue("a").EnqueueAsync(JobCall.To("f"));
        Job kept = await world.Queue("b").EnqueueAsync(JobCall.To("f"));

        (await world.Queue("a").DeleteAsync()).ShouldBe(1);
        (await world.Queue("b").DeleteAsync(deleteJobs: false)).ShouldBe(1);

        (await Queue.AllAsync(world.Rq)).ShouldBeEmpty();
        (await Job.ExistsAsync(gone.Id, world.Rq)).ShouldBeFalse();
        (await kept.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        (await world.Queue("b").CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task QUE_9_a_queue_on_which_jobs_are_scheduled_stays_on_the_list_and_comes_back_to_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world, "b");
        Job later = await world.Queue("a").EnqueueInAsync(TimeSpan.FromHours(1), JobCall.To("f"));
        Job runs = await world.Queue("b").EnqueueAsync(JobCall.To("f"), new JobOptions { Retry = new Retry(1, TimeSpan.FromHours(1)) });
        Execution execution = (await client.TakeAsync(1, ExecutionIds.New(1))).Executions.Single();

        (await world.Queue("a").DeleteAsync()).ShouldBe(0);
        (await world.Queue("b").DeleteAsync()).ShouldBe(0);

        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["a"]);
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await client.FailAsync(execution)).ShouldBe(Verdict.Applied);
        (await runs.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["a", "b"]);
        await later.DeleteAsync();
        await world.Queue("a").DeleteAsync();
        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["b"]);
    }

    [Theory, OnEachBackend]
    public async Task QUE_10_compacting_drops_ids_without_a_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        (await queue.CompactAsync()).ShouldBe(0, "a queue without a list is no error");
        var order = new List<string>();
        for (int i = 0; i < 600; i++)
        {
            await world.Rq.Database.ListRightPushAsync(world.Rq.Keys.Queue("default"), $"ghost-{i}");
            if (i % 3 == 0)
                order.Add((await queue.EnqueueAsync(JobCall.To("a"))).Id);
        }

        (await queue.CompactAsync()).ShouldBe(600);

        (await queue.GetJobIdsAsync()).ShouldBe(order);
    }

    [Theory, OnEachBackend]
    public async Task QUE_12_a_job_can_move_to_another_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue("a").EnqueueAsync(JobCall.To("f"));
        Job first = await world.Queue("b").EnqueueAsync(JobCall.To("g"));

        await world.Queue("b").EnqueueAsync(job, atFront: true);

        job.Origin.ShouldBe("b");
        (await world.Queue("a").CountAsync()).ShouldBe(0);
        (await world.Queue("b").GetJobIdsAsync()).ShouldBe([job.Id, first.Id]);
        await Should.ThrowAsync<JobNotFoundException>(async () =>
        {
            Job gone = await world.Queue("a").EnqueueAsync(JobCall.To("f"));
            await gone.DeleteAsync();
            await world.Queue("b").EnqueueAsync(gone);
        });
    }

    [Theory, OnEachBackend]
    public async Task QUE_12_a_deferred_or_scheduled_job_is_queued_by_hand_and_runs_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job parent = await world.Queue("other").EnqueueAsync(() => TestJobs.Add(1, 1));
        Job<int> child = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { DependsOn = [parent] });
        Job<int> later = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.CountRun(key));

        await world.Queue().EnqueueAsync(child);
        await world.Queue().EnqueueAsync(later);
        await world.RunBurstAsync();
        await world.RunBurstAsync(["other", "default"]);

        TestJobs.Runs(key).ShouldBe(2);
        (await parent.GetDependentIdsAsync()).ShouldBeEmpty();
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Scheduled("default"))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task QUE_16_queues_compare_by_name(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Queue("a").ShouldBe(world.Queue("a"));
        world.Queue("a").Equals("a").ShouldBeFalse();
        new[] { world.Queue("c"), world.Queue("a"), world.Queue("b") }.Order().Select(queue => queue.Name).ShouldBe(["a", "b", "c"]);
    }

    [Theory, OnEachBackend]
    public async Task A_paused_queue_is_passed_over_until_it_is_resumed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue paused = world.Queue("paused"), open = world.Queue("open");
        world.StartWorker(["paused", "open"]);
        await (await paused.EnqueueAsync(() => TestJobs.Add(0, 0))).WaitForResultAsync(Eventually.Limit);

        await paused.PauseAsync();
        (await paused.IsPausedAsync()).ShouldBeTrue();
        Job<int> first = await paused.EnqueueAsync(() => TestJobs.Add(1, 1));
        Job<int> second = await paused.EnqueueAsync(() => TestJobs.Add(2, 2));
        Job<int> other = await open.EnqueueAsync(() => TestJobs.Add(3, 3));
        (await other.WaitForResultAsync(Eventually.Limit)).ShouldBe(6);
        (await first.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await Eventually.BecomesAsync(async () => (await paused.GetJobIdsAsync()).SequenceEqual([first.Id, second.Id]), "both wait in their order");

        await paused.ResumeAsync();
        (await first.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await second.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
    }

    [Theory, OnEachBackend]
    public async Task A_burst_worker_leaves_a_paused_queue_alone(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await world.Queue().PauseAsync();

        (await world.RunBurstAsync()).ShouldBe(0);

        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task S158_a_suspension_for_a_time_is_set_in_one_step(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RedisKey key = world.Rq.Keys.Suspended;
        for (int i = 0; i < 50; i++)
        {
            await Worker.SuspendAllAsync(world.Rq, TimeSpan.FromSeconds(60));
            (await world.Rq.Database.KeyTimeToLiveAsync(key)).ShouldNotBeNull("a suspension without its end would last for ever").ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(60));
        }

        world.StartWorker();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await Worker.SuspendAllAsync(world.Rq);
        (await Worker.AreSuspendedAsync(world.Rq)).ShouldBeTrue();
        (await world.Rq.Database.KeyTimeToLiveAsync(key)).ShouldBeNull();
        await Worker.ResumeAllAsync(world.Rq);
        (await Worker.AreSuspendedAsync(world.Rq)).ShouldBeFalse();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Worker.SuspendAllAsync(world.Rq, TimeSpan.Zero));
    }

    [Theory, OnEachBackend]
    public async Task A_full_queue_rejects_or_makes_wait(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue rejecting = world.Queue(options: new QueueOptions { MaxLength = 3 });
        Queue waiting = world.Queue(options: new QueueOptions { MaxLength = 3, WhenFull = WhenFull.Wait });
        for (int i = 0; i < 3; i++)
            await rejecting.EnqueueAsync(() => TestJobs.Add(1, 1));

        QueueFullException full = await Should.ThrowAsync<QueueFullException>(() => rejecting.EnqueueAsync(() => TestJobs.Add(1, 1)));
        (full.Queue, full.Length, full.MaxLength).ShouldBe(("default", 3, 3));
        Task<Job<int>> late = waiting.EnqueueAsync(() => TestJobs.Add(1, 2));
        using (var impatient = new CancellationTokenSource())
        {
            Task<Job<int>> givenUp = waiting.EnqueueAsync(() => TestJobs.Add(1, 3), cancellationToken: impatient.Token);
            await impatient.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => givenUp);
        }

        (await rejecting.EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { DueIn = TimeSpan.FromHours(1) })).Status.ShouldBe(JobStatus.Scheduled);
        late.IsCompleted.ShouldBeFalse();
        await world.RunBurstAsync();
        Job<int> job = await late.WaitAsync(Eventually.Limit);
        await world.RunBurstAsync();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);

        IReadOnlyList<Job> many = await waiting.EnqueueManyAsync(Enumerable.Range(0, 3).Select(_ => JobCall.To("RQ.TestSupport.TestJobs.Nothing")));
        many.Count.ShouldBe(3);
        (await Should.ThrowAsync<QueueFullException>(() => rejecting.EnqueueManyAsync([JobCall.To("a")]))).Length.ShouldBe(3);
    }
}
