using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Jobs that are due later, and jobs that repeat. The schedule is moved on by hand: by the transition, at a time of the test's choosing.</summary>
public class ScheduleTests
{
    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / 10;

    /// <summary>Promotes what is due at a time.</summary>
    private static async Task<int> PromoteAtAsync(TestWorld world, DateTimeOffset time, string queue = "default")
    {
        world.Rq.ScriptClock = () => Micros(time);
        try
        {
            return await Promote.AllAsync(world.Rq, queue, CancellationToken.None);
        }
        finally
        {
            world.Rq.ScriptClock = null;
        }
    }

    [Theory, OnEachBackend]
    public async Task ENQ_18_a_scheduled_job_is_queued_when_it_is_due(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(1);
        Job<int> at = await queue.EnqueueAtAsync(due, () => TestJobs.Add(1, 2));
        Job @in = await queue.EnqueueInAsync(TimeSpan.FromHours(2), () => TestJobs.Nothing());
        Job past = await queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddSeconds(-5), () => TestJobs.Nothing());

        (at.Status, @in.Status, past.Status).ShouldBe((JobStatus.Scheduled, JobStatus.Scheduled, JobStatus.Queued));
        at.EnqueuedAt.ShouldBeNull();
        double score = (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Scheduled("default"), at.Id))!.Value;
        score.ShouldBe(due.ToUnixTimeMilliseconds() / 1000.0, 0.001);
        (await world.Rq.Database.SetContainsAsync(world.Rq.Keys.Queues, world.Rq.Keys.Queue("default"))).ShouldBeTrue();

        (await PromoteAtAsync(world, due.AddSeconds(-1))).ShouldBe(0);
        (await PromoteAtAsync(world, due.AddMilliseconds(1))).ShouldBe(1);
        (await at.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        at.EnqueuedAt.ShouldNotBeNull();
        await world.RunBurstAsync();
        (await at.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        (await @in.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_9_at_front_is_kept_until_the_job_is_due(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job first = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Job front = await world.Queue().EnqueueInAsync(TimeSpan.FromMinutes(5), JobCall.To("b"), new JobOptions { AtFront = true });
        Job back = await world.Queue().EnqueueInAsync(TimeSpan.FromMinutes(5), JobCall.To("c"));

        (await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddMinutes(10))).ShouldBe(2);

        (await world.Queue().GetJobIdsAsync()).ShouldBe([front.Id, first.Id, back.Id]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_4_a_time_to_wait_begins_when_the_job_is_due(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), JobCall.To("a"), new JobOptions { Ttl = TimeSpan.FromSeconds(600) });
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull();

        await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddHours(2));

        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(500, 600);
    }

    [Theory, OnEachBackend]
    public async Task S062_a_job_that_waits_for_a_time_and_for_another_job_waits_for_both(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        string list = Guid.NewGuid().ToString();
        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(1);
        Job parent = await queue.EnqueueAsync(() => TestJobs.Note(list, "parent"));
        Job child = await queue.EnqueueAtAsync(due, () => TestJobs.Note(list, "child"), new JobOptions { DependsOn = [parent] });
        Job overdue = await queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddMilliseconds(1), () => TestJobs.Note(list, "overdue"), new JobOptions { DependsOn = [parent] });
        (child.Status, overdue.Status).ShouldBe((JobStatus.Deferred, JobStatus.Deferred));
        (await PromoteAtAsync(world, due.AddHours(1))).ShouldBe(0, "its time is over, but the parent has not finished");

        await world.RunBurstAsync();
        TestJobs.Noted(list).ShouldBe(["parent", "overdue"]);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);

        (await PromoteAtAsync(world, due.AddSeconds(1))).ShouldBe(1);
        await world.RunBurstAsync();
        TestJobs.Noted(list).ShouldBe(["parent", "overdue", "child"]);
    }

    [Theory, OnEachBackend]
    public async Task S160_cancel_and_delete_at_the_due_second(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(
            Enumerable.Range(0, 900).Select(_ => JobCall.To("RQ.TestSupport.TestJobs.Nothing")), new JobOptions { DueIn = TimeSpan.FromMinutes(5) });
        world.Rq.ScriptClock = () => Micros(DateTimeOffset.UtcNow.AddMinutes(6));

        Task promoting = Promote.AllAsync(world.Rq, "default", CancellationToken.None);
        await Task.WhenAll(jobs.Index().Select(async each =>
        {
            if (each.Index % 3 == 0)
                await each.Item.CancelAsync();
            else if (each.Index % 3 == 1)
                await each.Item.DeleteAsync();
            else
                await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), new JobOptions { Id = each.Item.Id, DueAt = DateTimeOffset.UtcNow.AddHours(1) });
        }));
        await promoting;
        world.Rq.ScriptClock = null;
        await world.RunBurstAsync(configure: options => options.Concurrency = 10);

        IReadOnlyList<Job?> after = await Job.FetchManyAsync(jobs.Select(job => job.Id), world.Rq);
        for (int i = 0; i < after.Count; i++)
        {
            if (i % 3 == 1)
                after[i].ShouldBeNull();
            else
                after[i]!.Status.ShouldBe(i % 3 == 0 ? JobStatus.Canceled : JobStatus.Scheduled);
        }

        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Scheduled("default"))).ShouldBe(300);
        (await queue.CountAsync()).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task REP_2_and_S049_repeats_run_in_the_order_of_their_intervals(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        TimeSpan[] intervals = [TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(200)];
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = new Repeat(5, intervals) });

        var gaps = new List<double>();
        for (int run = 1; run <= 5; run++)
        {
            await world.RunBurstAsync();
            TestJobs.Runs(key).ShouldBe(run);
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
            job.RepeatsLeft.ShouldBe(5 - run);
            double score = (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Scheduled("default"), job.Id))!.Value;
            gaps.Add(Math.Round((score - job.EndedAt!.Value.ToUnixTimeMilliseconds() / 1000.0) / 100) * 100);
            (await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddHours(1))).ShouldBe(1);
        }

        gaps.ShouldBe([100, 200, 200, 200, 200]);
        await world.RunBurstAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        TestJobs.Runs(key).ShouldBe(6);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_12_REP_3_and_REP_5_immediate_repeats_and_where_the_job_is_meanwhile(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = new Repeat(2), ResultTtl = TimeSpan.FromSeconds(1) });
        var client = await Transitions.TransitionClient.RegisterAsync(world);

        var taken = await client.TakeAsync(1, RQ.Executions.ExecutionIds.New(1));
        (await client.FinishAsync(taken.Executions[0])).ShouldBe(Verdict.Applied);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id]);
        (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Finished("default"), job.Id)).ShouldNotBeNull();
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull("S034: it must not vanish while it waits");
        (await client.FinishAsync(taken.Executions[0])).ShouldBe(Verdict.Already);
        (await world.Queue().CountAsync()).ShouldBe(1);
        await client.DisposeAsync();
        await world.RunBurstAsync();
        TestJobs.Runs(key).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task REP_4_a_failure_ends_the_series(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Repeat = new Repeat(3) });

        (await world.RunBurstAsync()).ShouldBe(1);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        job.RepeatsLeft.ShouldBe(3);
    }

    [Theory, OnEachBackend]
    public async Task S034_a_repeating_job_waits_longer_than_its_result_lives(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(
            () => TestJobs.CountRun(key), new JobOptions { Repeat = new Repeat(2, TimeSpan.FromSeconds(1)), ResultTtl = TimeSpan.FromSeconds(1) });
        await world.RunBurstAsync();
        await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddSeconds(2));
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldBeNull();
        if (backend == Backend.Redis)
            await Eventually.BecomesAsync(async () => !await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Results(job.Id)), "the first result has expired");

        await world.RunBurstAsync();
        await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddSeconds(2));
        await world.RunBurstAsync();

        TestJobs.Runs(key).ShouldBe(3);
    }

    [Fact]
    public async Task S025_results_of_a_repeating_job_are_bounded()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string big = new('x', 100_000);
        Job<object?> job = await world.Queue().EnqueueAsync(() => TestJobs.Echo(big), new JobOptions { Repeat = new Repeat(150) });

        (await world.RunBurstAsync()).ShouldBe(151);

        // Redis trims by whole nodes; with entries of this size a node holds one.
        (await world.Rq.Database.StreamLengthAsync(world.Rq.Keys.Results(job.Id))).ShouldBeInRange(10, 12);
    }
}
