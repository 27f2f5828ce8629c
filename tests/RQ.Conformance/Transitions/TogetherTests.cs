using RQ.Executions;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Transitions;

/// <summary>One call that starts or ends several executions that are not alike.</summary>
public class TogetherTests
{
    private static readonly TimeSpan s_defaultTtl = TimeSpan.FromSeconds(500);

    [Theory, OnEachBackend]
    public async Task Jobs_of_any_kind_are_taken_in_order_and_whole(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Queue queue = world.Queue();
        Job[] jobs =
        [
            await queue.EnqueueAsync(JobCall.To("a")),
            await queue.EnqueueAsync(JobCall.To("b"), new JobOptions { ResultTtl = TimeSpan.FromSeconds(7) }),
            await queue.EnqueueAsync(JobCall.To("c"), new JobOptions { Meta = new Dictionary<string, object?> { ["key"] = "value" }, Ttl = TimeSpan.FromHours(1) }),
            await queue.EnqueueAsync(JobCall.To("d")),
        ];
        var stored = new Dictionary<string, HashEntry[]>();
        foreach (Job job in jobs)
            stored[job.Id] = await world.Rq.Database.HashGetAllAsync(world.Rq.Keys.Job(job.Id));
        string[] ids = ExecutionIds.New(5);

        Take.Answer answer = await client.TakeAsync(slots: 5, ids);

        answer.Executions.Select(each => each.JobId).ShouldBe(jobs.Select(job => job.Id));
        answer.Executions.Select(each => each.Id).ShouldBe(ids.Take(4));
        answer.LastQueue.ShouldBe("default");
        foreach (Execution execution in answer.Executions)
        {
            foreach (HashEntry entry in stored[execution.JobId])
                execution.Job[entry.Name!].ShouldBe(entry.Value, $"{entry.Name}");
        }

        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(4);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(jobs[2].Id))).ShouldBeNull();
    }

    [Theory, OnEachBackend]
    public async Task Each_of_those_that_end_together_ends_in_its_own_way(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world, "default", "other");
        Queue queue = world.Queue();
        Job[] jobs =
        [
            await queue.EnqueueAsync(JobCall.To("gone"), new JobOptions { ResultTtl = TimeSpan.Zero }),
            await queue.EnqueueAsync(JobCall.To("value")),
            await queue.EnqueueAsync(JobCall.To("lost")),
            await queue.EnqueueAsync(JobCall.To("short"), new JobOptions { ResultTtl = TimeSpan.FromSeconds(50) }),
            await queue.EnqueueAsync(JobCall.To("for ever"), new JobOptions { ResultTtl = Timeout.InfiniteTimeSpan }),
            await queue.EnqueueAsync(JobCall.To("again"), new JobOptions { ResultTtl = TimeSpan.Zero, Repeat = new Repeat(2) }),
            await world.Queue("other").EnqueueAsync(JobCall.To("elsewhere")),
        ];
        Job dependent = await queue.EnqueueAsync(JobCall.To("dependent"), new JobOptions { DependsOn = [jobs[1]] });
        Take.Answer taken = await client.TakeAsync(slots: 9, ExecutionIds.New(9));
        taken.Executions.Count.ShouldBe(7);
        await jobs[2].CancelAsync();

        Verdict[] verdicts = await FinishAsync(world, client, taken);
        Verdict[] again = await FinishAsync(world, client, taken);

        verdicts.ShouldBe([Verdict.Applied, Verdict.Released, Verdict.Lost, Verdict.Applied, Verdict.Applied, Verdict.Applied, Verdict.Applied]);
        again.ShouldBe([Verdict.Already, Verdict.Already, Verdict.Lost, Verdict.Already, Verdict.Already, Verdict.Already, Verdict.Already]);
        IDatabase redis = world.Rq.Database;
        (await redis.KeyExistsAsync(world.Rq.Keys.Job(jobs[0].Id))).ShouldBeFalse();
        (await redis.SortedSetRangeByRankAsync(world.Rq.Keys.Finished("default"))).Select(id => (string?)id)
            .ShouldBe([jobs[1].Id, jobs[3].Id, jobs[4].Id], ignoreOrder: true);
        (await redis.SortedSetRangeByRankAsync(world.Rq.Keys.Finished("other"))).Select(id => (string?)id).ShouldBe([jobs[6].Id]);
        (await redis.ListRangeAsync(world.Rq.Keys.Queue("default"))).Select(id => (string?)id).ShouldBe([jobs[5].Id, dependent.Id], ignoreOrder: true);
        (await redis.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
        (await redis.SetLengthAsync(world.Rq.Keys.WorkerExecutions(client.Name))).ShouldBe(0);
        ((long?)await redis.HashGetAsync(world.Rq.Keys.Worker(client.Name), "successful_job_count")).ShouldBe(6);
        await LivesForAsync(world, jobs[1], 500);
        await LivesForAsync(world, jobs[3], 50);
        await LivesForAsync(world, jobs[4], null);
    }

    [Fact]
    public async Task What_the_server_refuses_to_one_job_undoes_nothing_of_those_before_it()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        (Job[] jobs, Take.Answer taken) = await TakeTwoAsync(world, client);
        // Nothing can be added to what is no stream.
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Results(jobs[1].Id), "in the way");

        await Should.ThrowAsync<RedisServerException>(() => FinishAsync(world, client, taken));

        (await jobs[0].GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await jobs[1].GetStatusAsync()).ShouldBe(JobStatus.Started);
        (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Finished("default"))).Select(id => (string?)id).ShouldBe([jobs[0].Id]);
        (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default"))).Single().ToString().ShouldStartWith(jobs[1].Id);
        (await world.Rq.Database.SetMembersAsync(world.Rq.Keys.WorkerExecutions(client.Name))).Single().ToString().ShouldStartWith(jobs[1].Id);
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(client.Name), "successful_job_count")).ShouldBe("1");
    }

    [Theory, OnEachBackend]
    public async Task A_job_whose_dependents_cannot_be_read_has_finished_all_the_same(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        (Job[] jobs, Take.Answer taken) = await TakeTwoAsync(world, client);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Dependents(jobs[0].Id), "in the way");

        (await FinishAsync(world, client, taken)).ShouldBe([Verdict.Releasing, Verdict.Applied]);

        await AllHaveFinishedAsync(world, client, jobs);
        await Should.ThrowAsync<RedisServerException>(() => Release.ExecuteAsync(world.Rq, jobs[0].Id, CancellationToken.None), "who does the rest is told");
        // Sent again, as a worker does after an error: it was done.
        (await FinishAsync(world, client, taken)).ShouldBe([Verdict.Already, Verdict.Already]);
    }

    [Theory, OnEachBackend]
    public async Task A_registry_of_running_jobs_that_is_none_keeps_no_job_from_finishing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        (Job[] jobs, Take.Answer taken) = await TakeTwoAsync(world, client);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Started("default"));
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Started("default"), "in the way");

        (await FinishAsync(world, client, taken)).ShouldBe([Verdict.Applied, Verdict.Applied]);

        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Started("default"));
        await AllHaveFinishedAsync(world, client, jobs);
    }

    [Fact]
    public async Task A_dead_id_that_cannot_be_cleared_away_keeps_no_job_from_being_taken()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job first = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Job gone = await world.Queue().EnqueueAsync(JobCall.To("b"));
        Job last = await world.Queue().EnqueueAsync(JobCall.To("c"));
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(gone.Id));
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.RateLimits, "in the way");

        Take.Answer taken = await client.TakeAsync(slots: 3, ExecutionIds.New(3));

        taken.Executions.Select(execution => execution.JobId).ShouldBe([first.Id]);
        (await world.Rq.Database.SetMembersAsync(world.Rq.Keys.WorkerExecutions(client.Name))).Single().ToString().ShouldStartWith(first.Id);
        (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default"))).Single().ToString().ShouldStartWith(first.Id);
        // What came behind the dead one waits as before.
        (await world.Rq.Database.ListRangeAsync(world.Rq.Keys.Queue("default"))).Select(id => (string?)id).ShouldBe([last.Id]);
    }

    private static async Task<(Job[] Jobs, Take.Answer Taken)> TakeTwoAsync(TestWorld world, TransitionClient client)
    {
        Job[] jobs = [await world.Queue().EnqueueAsync(JobCall.To("a")), await world.Queue().EnqueueAsync(JobCall.To("b"))];
        return (jobs, await client.TakeAsync(slots: 2, ExecutionIds.New(2)));
    }

    private static async Task AllHaveFinishedAsync(TestWorld world, TransitionClient client, Job[] jobs)
    {
        foreach (Job job in jobs)
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull();
        }

        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.WorkerExecutions(client.Name))).ShouldBe(0);
        (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Finished("default"))).Select(id => (string)id!).ShouldBe(jobs.Select(job => job.Id), ignoreOrder: true);
    }

    private static async Task<Verdict[]> FinishAsync(TestWorld world, TransitionClient client, Take.Answer taken)
    {
        var ended = new List<EndedExecution>();
        foreach (Execution execution in taken.Executions)
        {
            execution.EndedAt = DateTimeOffset.UtcNow;
            ended.Add(new EndedExecution(execution, new Outcome.Finished(execution.Job.Description.Contains("value", StringComparison.Ordinal) ? "1"u8.ToArray() : null)));
        }

        return await Finish.ExecuteAsync(world.Rq, world.Rq, client.Name, null, ended, s_defaultTtl);
    }

    private static async Task LivesForAsync(TestWorld world, Job job, int? seconds)
    {
        await BeAsync(world.Rq.Keys.Job(job.Id));
        if (world.Rq.Capabilities.Streams)
            await BeAsync(world.Rq.Keys.Results(job.Id));

        async Task BeAsync(string key)
        {
            (await world.Rq.Database.KeyExistsAsync(key)).ShouldBeTrue(key);
            TimeSpan? left = await world.Rq.Database.KeyTimeToLiveAsync(key);
            if (seconds is { } wanted)
                left!.Value.TotalSeconds.ShouldBeInRange(wanted - 60 < 0 ? 1 : wanted - 60, wanted, key);
            else
                left.ShouldBeNull(key);
        }
    }
}
