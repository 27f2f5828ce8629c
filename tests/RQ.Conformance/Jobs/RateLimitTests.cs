using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>At most so many jobs of one kind at once.</summary>
public class RateLimitTests
{
    private static readonly JobCall s_add = JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 2);

    private static JobOptions Limited(int concurrency = 2, string key = "k") => new() { RateLimit = new RateLimit(key, concurrency) };

    private static async Task<RedisValue[]> AllowedAsync(TestWorld world) => await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.KeyPrefix + "rl:k:allowed");

    [Theory, OnEachBackend]
    public async Task ENQ_15_RL_2_and_RL_3_the_others_wait_in_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var jobs = new List<Job>();
        for (int i = 0; i < 5; i++)
            jobs.Add(await world.Queue(i % 2 == 0 ? "a" : "b").EnqueueAsync(s_add, Limited()));

        jobs.Select(job => job.Status).ShouldBe([JobStatus.Queued, JobStatus.Queued, JobStatus.RateLimited, JobStatus.RateLimited, JobStatus.RateLimited]);
        jobs[2].EnqueuedAt.ShouldBeNull();
        (await world.Queue("a").CountAsync() + await world.Queue("b").CountAsync()).ShouldBe(2);

        // Of the two queued ones only the first is run: its slot goes to the third, whose queue nobody serves at this moment.
        await using (Transitions.TransitionClient client = await Transitions.TransitionClient.RegisterAsync(world, "a"))
        {
            Take.Answer taken = await client.TakeAsync(1, RQ.Executions.ExecutionIds.New(1));
            taken.Executions.Single().JobId.ShouldBe(jobs[0].Id);
            await client.FinishAsync(taken.Executions[0]);
        }

        foreach (string left in await Release.PendingAsync(world.Rq))
            await Release.CompleteAsync(world.Rq, left, CancellationToken.None);
        (await jobs[2].GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await jobs[3].GetStatusAsync()).ShouldBe(JobStatus.RateLimited);
        await world.RunBurstAsync(["a", "b"]);
        foreach (Job job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task RL_8_limits_vanish_with_their_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        for (int i = 0; i < 4; i++)
            await world.Queue().EnqueueAsync(s_add, Limited(1));
        (await world.RunBurstAsync()).ShouldBe(4);

        foreach (string key in new[] { "rl-keys", "rl:k", "rl:k:allowed", "rl:k:rate_limited", "releasing" })
            (await world.Rq.Database.KeyExistsAsync(world.Rq.KeyPrefix + key)).ShouldBeFalse(key);
    }

    [Theory, OnEachBackend]
    public async Task RL_8_a_slot_of_an_expired_job_is_found_by_maintenance(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job holder = await world.Queue("unserved").EnqueueAsync(s_add, Limited(1) with { Ttl = TimeSpan.FromMinutes(10) });
        Job<int> waiting = await world.Queue().EnqueueAsync(() => TestJobs.Add(2, 2), Limited(1));
        waiting.Status.ShouldBe(JobStatus.RateLimited);
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.Job(holder.Id), TimeSpan.FromMilliseconds(1));
        await Eventually.BecomesAsync(async () => !await Job.ExistsAsync(holder.Id, world.Rq), "the holder has expired");

        world.StartWorker(configure: options => options.MaintenanceInterval = TimeSpan.FromSeconds(1));

        (await waiting.WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
    }

    [Theory, OnEachBackend]
    public async Task RL_5_it_works_with_schedules_and_dependencies(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        Job holder = await queue.EnqueueAsync(s_add, Limited(1));
        Job child = await queue.EnqueueAsync(s_add, Limited(1) with { DependsOn = [holder] });
        Job later = await queue.EnqueueAsync(s_add, Limited(1) with { DueIn = TimeSpan.FromHours(1) });
        (child.Status, later.Status).ShouldBe((JobStatus.Deferred, JobStatus.Scheduled));

        world.Rq.ScriptClock = () => (DateTimeOffset.UtcNow.AddHours(2) - DateTimeOffset.UnixEpoch).Ticks / 10;
        await Promote.AllAsync(world.Rq, "default", CancellationToken.None);
        world.Rq.ScriptClock = null;
        (await later.GetStatusAsync()).ShouldBe(JobStatus.RateLimited);

        (await world.RunBurstAsync()).ShouldBe(3);
        foreach (Job job in new[] { holder, child, later })
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task RL_6_an_immediate_retry_keeps_the_slot_a_delayed_one_gives_it_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        JobCall fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");
        Job now = await queue.EnqueueAsync(fail, Limited(1) with { Retry = new Retry(1) });
        Job next = await queue.EnqueueAsync(s_add, Limited(1));
        await using (Transitions.TransitionClient client = await Transitions.TransitionClient.RegisterAsync(world))
        {
            await client.FailAsync((await client.TakeAsync(1, RQ.Executions.ExecutionIds.New(1))).Executions.Single());
            (await next.GetStatusAsync()).ShouldBe(JobStatus.RateLimited);
            (await AllowedAsync(world)).ShouldBe([now.Id]);
        }

        await world.RunBurstAsync();
        (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        Job delayed = await queue.EnqueueAsync(fail, Limited(1) with { Retry = new Retry(1, TimeSpan.FromHours(1)) });
        Job follower = await queue.EnqueueAsync(s_add, Limited(1));
        await world.RunBurstAsync();
        (await delayed.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await follower.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task RL_7_the_number_last_given_for_a_key_holds_for_all_its_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        async Task StatusesAsync(IEnumerable<Job> jobs, params JobStatus[] expected) =>
            (await Task.WhenAll(jobs.Select(job => job.GetStatusAsync()))).ShouldBe(expected);

        Job first = await queue.EnqueueAsync(s_add, Limited(1)), second = await queue.EnqueueAsync(s_add, Limited(1));
        await StatusesAsync([first, second], JobStatus.Queued, JobStatus.RateLimited);

        Job third = await queue.EnqueueAsync(s_add, Limited(2));
        await StatusesAsync([first, second, third], JobStatus.Queued, JobStatus.Queued, JobStatus.RateLimited);

        Job fourth = await queue.EnqueueAsync(s_add, Limited(1));
        await first.CancelAsync();
        await StatusesAsync([second, third, fourth], JobStatus.Queued, JobStatus.RateLimited, JobStatus.RateLimited);
        await second.CancelAsync();
        await StatusesAsync([third, fourth], JobStatus.Queued, JobStatus.RateLimited);
    }

    [Theory, OnEachBackend]
    public async Task RL_6_and_RL_8_cancel_delete_and_requeue_give_the_slot_to_the_next_one(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        var jobs = new List<Job>();
        for (int i = 0; i < 4; i++)
            jobs.Add(await queue.EnqueueAsync(s_add, Limited(1)));

        await jobs[0].CancelAsync();
        (await jobs[1].GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await jobs[1].DeleteAsync();
        (await jobs[2].GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await jobs[3].CancelAsync();
        (await queue.EmptyAsync()).ShouldBe(1);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.KeyPrefix + "rl-keys")).ShouldBeFalse();

        Job failed = await queue.EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.Fail", "no"), Limited(1));
        await world.RunBurstAsync();
        Job holder = await world.Queue("other").EnqueueAsync(s_add, Limited(1));
        await failed.RequeueAsync();
        failed.Status.ShouldBe(JobStatus.RateLimited);
        await holder.DeleteAsync();
        (await failed.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }
}
