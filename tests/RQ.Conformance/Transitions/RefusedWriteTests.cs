using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Transitions;

/// <summary>What the server refuses of one job, because something else is under a key's name, takes nothing from the others of the same call, and is made up for when the key is gone.</summary>
public class RefusedWriteTests
{
    private const string Good = "good", Bad = "bad";

    [Theory, OnEachBackend]
    public async Task A_job_whose_own_key_was_overwritten_while_it_ran_is_gone_and_the_others_end(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        foreach (Func<Execution, Outcome> end in new Func<Execution, Outcome>[] { _ => new Outcome.Finished(null), each => RetryPolicy.AfterFailure(each.Job, new Failure("no")), _ => new Outcome.GivenBack() })
        {
            Job[] jobs = [await site.EnqueueAsync(Good), await site.EnqueueAsync(Good)];
            Execution[] taken = await site.TakeAsync(2);
            await site.SpoilAsync(site.Keys.Job(jobs[0].Id));

            (await site.ExtendAsync(taken)).ShouldBe([Verdict.Gone, Verdict.Applied]);
            (await site.EndAsync(taken, end)).ShouldBe([Verdict.Gone, Verdict.Applied], ignoreOrder: true);

            (await site.Redis.SetLengthAsync(site.Keys.WorkerExecutions(site.Client.Name))).ShouldBe(0);
            (await site.Redis.SortedSetLengthAsync(site.Keys.Started(Good))).ShouldBe(0);
            await site.World.Queue(Good).EmptyAsync();
        }
    }

    [Theory, OnEachBackend]
    public async Task A_registry_of_running_jobs_that_is_none_keeps_nobody_from_being_heard(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        await site.EnqueueAsync(Bad);
        await site.EnqueueAsync(Good);
        Execution[] taken = [.. (await site.TakeAsync(2)).OrderBy(each => each.Queue == Good)];
        foreach (string key in new[] { site.Keys.Started(Bad), site.Keys.Executions(taken[0].JobId), site.Keys.Execution(taken[0].JobId, taken[0].Id) })
            await site.SpoilAsync(key);

        (await site.ExtendAsync(taken)).ShouldBe([Verdict.Applied, Verdict.Applied]);

        (await site.Redis.SortedSetLengthAsync(site.Keys.Executions(taken[1].JobId))).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_repeats_goes_on_when_one_that_waits_for_it_cannot_be_queued(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        Job parent = await site.EnqueueAsync(Good, new JobOptions { Repeat = new Repeat(3, TimeSpan.FromHours(1)) });
        Job child = await site.EnqueueAsync(Bad, new JobOptions { DependsOn = [parent] });
        Execution[] taken = await site.TakeAsync(1);
        await site.SpoilAsync(site.Keys.Queue(Bad));

        (await site.EndAsync(taken, _ => new Outcome.Finished(null))).ShouldBe([Verdict.Releasing]);

        (await parent.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await site.Redis.KeyTimeToLiveAsync(site.Keys.Job(parent.Id))).ShouldBeNull("it has two more runs");
        await site.RepairAsync(site.Keys.Queue(Bad));
        await Release.ExecuteAsync(site.World.Rq, parent.Id, CancellationToken.None);
        (await site.World.Queue(Bad).GetJobIdsAsync()).ShouldBe([child.Id]);
    }

    [Theory, OnEachBackend]
    public async Task A_job_that_fails_and_is_not_kept_releases_later_what_could_not_be_queued_at_once(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        Job parent = await site.EnqueueAsync(Good, new JobOptions { FailureTtl = TimeSpan.Zero });
        Job child = await site.EnqueueAsync(Bad, new JobOptions { DependsOn = new Dependency(parent) { AllowFailure = true } });
        Execution[] taken = await site.TakeAsync(1);
        await site.SpoilAsync(site.Keys.Queue(Bad));

        (await site.EndAsync(taken, each => RetryPolicy.AfterFailure(each.Job, new Failure("no")))).ShouldBe([Verdict.Releasing]);

        await site.RepairAsync(site.Keys.Queue(Bad));
        await Release.ExecuteAsync(site.World.Rq, parent.Id, CancellationToken.None);
        (await site.World.Queue(Bad).GetJobIdsAsync()).ShouldBe([child.Id]);
    }

    [Theory, OnEachBackend]
    public async Task Of_many_that_wait_only_the_one_that_cannot_be_queued_waits_on(Backend backend)
    {
        const int many = 600;
        await using Site site = await Site.StartAsync(backend);
        Job parent = await site.EnqueueAsync(Good);
        Job child = await site.EnqueueAsync(Bad, new JobOptions { DependsOn = [parent] });
        Queue after = site.World.Queue("after");
        await after.EnqueueManyAsync(Enumerable.Range(0, many).Select(_ => new JobRequest(JobCall.To("child"), new JobOptions { DependsOn = [parent] })));
        Job last = await site.EnqueueAsync("after", new JobOptions { DependsOn = [parent] });
        Execution[] taken = await site.TakeAsync(1);
        await site.SpoilAsync(site.Keys.Queue(Bad));
        (await site.EndAsync(taken, _ => new Outcome.Finished(null))).ShouldBe([Verdict.Releasing]);

        RedisServerException told = await Should.ThrowAsync<RedisServerException>(() => Release.ExecuteAsync(site.World.Rq, parent.Id, CancellationToken.None));

        told.Message.ShouldContain("WRONGTYPE");
        (await after.CountAsync()).ShouldBe(many + 1);
        (await last.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        await site.RepairAsync(site.Keys.Queue(Bad));
        (await Release.ExecuteAsync(site.World.Rq, parent.Id, CancellationToken.None)).ShouldBe(1);
        (await site.World.Queue(Bad).GetJobIdsAsync()).ShouldBe([child.Id]);
        (await site.Redis.HashLengthAsync(site.Keys.Releasing)).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task What_is_refused_to_others_is_not_told_to_whoever_has_what_he_asked_for(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        var limit = new JobOptions { RateLimit = new RateLimit("k", 1) };
        Job runs = await site.EnqueueAsync(Good, limit);
        Job waits = await site.EnqueueAsync(Bad, limit);
        await site.SpoilAsync(site.Keys.Queue(Bad));
        Job parent = await site.EnqueueAsync(Good);
        Job child = await site.EnqueueAsync(Good, new JobOptions { DependsOn = [parent] });

        await runs.CancelAsync();
        (await site.Redis.HashExistsAsync(site.Keys.Releasing, "rl:k")).ShouldBeTrue("maintenance goes on with it");
        (await parent.DeleteAsync()).ShouldBeTrue();
        await child.CancelAsync();
        Job later = await site.EnqueueAsync(Good, limit);

        (await waits.GetStatusAsync()).ShouldBe(JobStatus.RateLimited);
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Queued, "it takes the free slot");
    }

    [Theory, OnEachBackend]
    public async Task A_failed_job_that_cannot_be_requeued_stays_among_the_failed(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        Job job = await site.EnqueueAsync(Bad);
        await site.EndAsync(await site.TakeAsync(1), each => RetryPolicy.AfterFailure(each.Job, new Failure("no")));
        await site.SpoilAsync(site.Keys.Queue(Bad));

        (await Should.ThrowAsync<RedisServerException>(() => job.RequeueAsync())).Message.ShouldContain(site.Keys.Queue(Bad));

        (await site.World.Queue(Bad).Failed.GetJobIdsAsync()).ShouldBe([job.Id]);
        await site.RepairAsync(site.Keys.Queue(Bad));
        await job.RequeueAsync();
        (await site.World.Queue(Bad).GetJobIdsAsync()).ShouldBe([job.Id]);
    }

    [Theory, OnEachBackend]
    public async Task In_line_for_a_limit_the_one_whose_queue_is_none_lets_the_others_pass(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        var limited = new JobOptions { RateLimit = new RateLimit("k", 1) };
        await site.EnqueueAsync(Good, limited);
        Job bad = await site.EnqueueAsync(Bad, limited), good = await site.EnqueueAsync(Good, limited);
        Execution[] taken = await site.TakeAsync(1);
        await site.SpoilAsync(site.Keys.Queue(Bad));

        await site.EndAsync(taken, _ => new Outcome.Finished(null));
        await Should.NotThrowAsync(async () => await site.EnqueueAsync(Good, limited));

        (await good.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await bad.GetStatusAsync()).ShouldBe(JobStatus.RateLimited);
        await site.World.Queue(Good).EmptyAsync();
        await site.RepairAsync(site.Keys.Queue(Bad));
        await Admit.ExecuteAsync(site.World.Rq, "k", dropStale: true);
        await Eventually.BecomesAsync(
            async () =>
            {
                if (await bad.GetStatusAsync() == JobStatus.Queued)
                    return true;
                await site.World.Queue(Good).EmptyAsync();
                return false;
            },
            "its turn has come");
    }

    [Theory, OnEachBackend]
    public async Task What_goes_back_to_a_queue_that_is_none_waits_with_its_worker_and_the_others_are_back(Backend backend)
    {
        await using Site site = await Site.StartAsync(backend);
        Job bad = await site.EnqueueAsync(Bad), good = await site.EnqueueAsync(Good);
        Execution[] taken = await site.TakeAsync(2);
        await site.SpoilAsync(site.Keys.Queue(Bad));

        await Should.ThrowAsync<RedisServerException>(() => site.EndAsync(taken, _ => new Outcome.GivenBack()));

        (await good.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await site.World.Queue(Good).GetJobIdsAsync()).ShouldBe([good.Id]);
        (await bad.GetStatusAsync()).ShouldBe(JobStatus.Started);
        await site.RepairAsync(site.Keys.Queue(Bad));
        (await site.EndAsync(taken, _ => new Outcome.GivenBack())).ShouldBe([Verdict.Already, Verdict.Applied], ignoreOrder: true);
        (await site.World.Queue(Bad).GetJobIdsAsync()).ShouldBe([bad.Id]);
    }

    /// <summary>Jobs on two queues, and one who takes and ends them.</summary>
    private sealed class Site(TestWorld world, TransitionClient client) : IAsyncDisposable
    {
        public TestWorld World => world;

        public TransitionClient Client => client;

        public Keys Keys => world.Rq.Keys;

        public IDatabase Redis => world.Rq.Database;

        public static async Task<Site> StartAsync(Backend backend)
        {
            TestWorld world = await TestWorld.CreateAsync(backend);
            return new Site(world, await TransitionClient.RegisterAsync(world, Good, Bad));
        }

        public Task<Job> EnqueueAsync(string queue, JobOptions? options = null) => world.Queue(queue).EnqueueAsync(JobCall.To("job"), options);

        public async Task<Execution[]> TakeAsync(int count) => [.. (await client.TakeAsync(count, ExecutionIds.New(count))).Executions];

        public async Task<Verdict[]> ExtendAsync(Execution[] executions)
        {
            ScriptCall call = Extend.Call(world.Rq, client.Name, executions, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(420));
            return [.. Extend.Read(await world.Rq.ExecuteAsync(call)).Verdicts];
        }

        public async Task<Verdict[]> EndAsync(Execution[] executions, Func<Execution, Outcome> outcome)
        {
            EndedExecution[] ended = [.. executions.Select(each => new EndedExecution(each, outcome(each)))];
            foreach (Execution each in executions)
                each.EndedAt = DateTimeOffset.UtcNow;
            return ended[0].Outcome switch
            {
                Outcome.Finished => await Finish.ExecuteAsync(world.Rq, world.Rq, client.Name, null, ended, TimeSpan.FromSeconds(500)),
                Outcome.GivenBack => await GiveBack.ExecuteAsync(world.Rq, world.Rq, client.Name, ended),
                _ => await Fail.ExecuteAsync(world.Rq, world.Rq, client.Name, null, ended),
            };
        }

        public async Task SpoilAsync(string key)
        {
            await Redis.KeyDeleteAsync(key);
            await Redis.StringSetAsync(key, "in the way");
        }

        public async Task RepairAsync(string key) => await Redis.KeyDeleteAsync(key);

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await world.DisposeAsync();
        }
    }
}
