using RQ.Executions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Transitions;

/// <summary>The transitions by themselves: what a write about an execution does when the job has gone on without it, and when it is sent twice.</summary>
public class FenceTests
{
    private static readonly string[] s_queues = ["default"];

    [Theory, OnEachBackend]
    public async Task A_take_sent_twice_answers_the_same_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        await world.Queue().EnqueueManyAsync([JobCall.To("a"), JobCall.To("b"), JobCall.To("c")]);

        string[] ids = ExecutionIds.New(2);
        Take.Answer first = await client.TakeAsync(slots: 5, ids);
        Take.Answer second = await client.TakeAsync(slots: 5, ids);

        first.Executions.Count.ShouldBe(2);
        second.Executions.Select(each => (each.Id, each.JobId)).ShouldBe(first.Executions.Select(each => (each.Id, each.JobId)), ignoreOrder: true);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task After_a_lost_answer_resume_finds_what_was_started(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        await client.TakeAsync(slots: 1, ExecutionIds.New(1));

        Take.Answer resumed = Take.Read(world.Rq, client.Name, s_queues, await world.Rq.ExecuteAsync(Take.ResumeCall(world.Rq, client.Name, client.Name, s_queues)));

        resumed.Executions.Single().JobId.ShouldBe(job.Id);
        resumed.Executions.Single().Job.Exists.ShouldBeTrue();
    }

    [Theory, OnEachBackend]
    public async Task No_more_is_taken_than_there_are_slots(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("a"), 10));

        (await client.TakeAsync(slots: 3, ExecutionIds.New(10))).Executions.Count.ShouldBe(3);
        (await client.TakeAsync(slots: 3, ExecutionIds.New(10))).Executions.Count.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task A_worker_without_lease_takes_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        await world.Queue().EnqueueAsync(JobCall.To("a"));
        await world.Rq.Database.SortedSetRemoveAsync(world.Rq.Keys.Leases, client.Name);

        Take.Answer answer = await client.TakeAsync(slots: 1, ExecutionIds.New(1));

        answer.IsUnregistered.ShouldBeTrue();
        answer.Executions.ShouldBeEmpty();
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_finish_sent_twice_changes_nothing_the_second_time(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution execution = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();

        (await client.FinishAsync(execution)).ShouldBe(Verdict.Applied);
        (await client.FinishAsync(execution)).ShouldBe(Verdict.Already);
        (await client.FailAsync(execution)).ShouldBe(Verdict.Lost);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
        ((int)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(client.Name), "successful_job_count")).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_fail_sent_twice_retries_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions { Retry = new Retry(2) });
        Execution execution = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();

        (await client.FailAsync(execution)).ShouldBe(Verdict.Applied);
        (await client.FailAsync(execution)).ShouldBe(Verdict.Already);

        await job.RefreshAsync();
        job.Status.ShouldBe(JobStatus.Queued);
        job.RetriesLeft.ShouldBe(1);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_late_outcome_does_not_touch_the_jobs_new_life(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient first = await TransitionClient.RegisterAsync(world);
        await using TransitionClient second = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution old = (await first.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        await GiveBack.ExecuteAsync(world.Rq, world.Rq, first.Name, [new EndedExecution(old, new Outcome.GivenBack())]);
        (await first.FinishAsync(old)).ShouldBe(Verdict.Lost);
        Execution current = (await second.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();

        (await first.FinishAsync(old)).ShouldBe(Verdict.Lost);
        (await first.FailAsync(old)).ShouldBe(Verdict.Lost);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        (await second.FinishAsync(current)).ShouldBe(Verdict.Applied);
    }

    [Theory, OnEachBackend]
    public async Task An_outcome_of_a_deleted_job_is_dropped(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution execution = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(job.Id));

        (await client.FinishAsync(execution)).ShouldBe(Verdict.Gone);

        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Job(job.Id))).ShouldBeFalse();
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Finished("default"))).ShouldBe(0);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.WorkerExecutions(client.Name))).ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task An_outcome_still_counts_when_an_old_reader_removed_the_started_entry(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution execution = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Started("default"));

        Extend.Answer beat = Extend.Read(await world.Rq.ExecuteAsync(Extend.Call(world.Rq, client.Name, [execution])));
        beat.Verdicts.ShouldBe([Verdict.Applied]);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(1);

        (await client.FinishAsync(execution)).ShouldBe(Verdict.Applied);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task A_heartbeat_that_overtakes_the_end_leaves_no_records(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        await world.Queue().EnqueueManyAsync([JobCall.To("a"), JobCall.To("b")]);
        IReadOnlyList<Execution> executions = (await client.TakeAsync(slots: 2, ExecutionIds.New(2))).Executions;

        var beats = new BeatingFirst(world.Rq, client.Name, executions);
        await client.FinishAsync(executions[0], beats);
        await client.FailAsync(executions[1], beats);

        beats.Count.ShouldBe(2);
        foreach (Execution each in executions)
        {
            (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Execution(each.JobId, each.Id))).ShouldBeFalse();
            (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Executions(each.JobId))).ShouldBeFalse();
        }
    }

    [Theory, OnEachBackend]
    public async Task An_end_that_deletes_its_job_is_known_when_it_is_sent_again(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        var options = new JobOptions { ResultTtl = TimeSpan.Zero, FailureTtl = TimeSpan.Zero };
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(new JobRequest(JobCall.To("a"), options), 3));
        IReadOnlyList<Execution> executions = (await client.TakeAsync(slots: 3, ExecutionIds.New(3))).Executions;

        (await client.FinishAsync(executions[0])).ShouldBe(Verdict.Applied);
        (await client.FinishAsync(executions[0])).ShouldBe(Verdict.Already);
        (await client.FailAsync(executions[1])).ShouldBe(Verdict.Applied);
        (await client.FailAsync(executions[1])).ShouldBe(Verdict.Already);
        await (await Job.FetchAsync(executions[2].JobId, world.Rq)).DeleteAsync();
        (await client.FinishAsync(executions[2])).ShouldBe(Verdict.Gone, "somebody else has deleted it");
    }

    /// <summary>Each call finds that a heartbeat has come before it, after it was made.</summary>
    private sealed class BeatingFirst(RqConnection rq, string worker, IReadOnlyList<Execution> executions) : IScriptCaller
    {
        public int Count { get; private set; }

        public async Task<RedisResult> ExecuteAsync(ScriptCall call)
        {
            Execution beating = executions[Count++];
            beating.MarkHeartbeat();
            Extend.Read(await rq.ExecuteAsync(Extend.Call(rq, worker, [beating]))).Verdicts.ShouldBe([Verdict.Applied]);
            (await rq.Database.KeyExistsAsync(rq.Keys.Execution(beating.JobId, beating.Id))).ShouldBeTrue();
            return await rq.ExecuteAsync(call);
        }
    }

    [Theory, OnEachBackend]
    public async Task An_enqueue_sent_twice_enqueues_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (JobOptions? options in new JobOptions?[] { null, new JobOptions { Id = "named" } })
        {
            RQ.Queues.NewJob job = RQ.Queues.NewJob.Create(world.Queue(), JobCall.To("a"), options);
            long before = await world.Queue().CountAsync();

            (await Enqueue.ExecuteAsync(world.Rq, [job.Item])).ShouldBe([JobStatus.Queued]);
            (await Enqueue.ExecuteAsync(world.Rq, [job.Item])).ShouldBe([JobStatus.Queued]);

            (await world.Queue().CountAsync()).ShouldBe(before + 1);
        }
    }

    [Theory, OnEachBackend]
    public async Task Claims_are_taken_first_and_surplus_goes_back_to_the_head_in_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        string[] jobs = [.. (await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("a"), 5))).Select(job => job.Id)];
        for (int i = 0; i < 3; i++)
            await world.Rq.Database.ListMoveAsync(world.Rq.Keys.Queue("default"), world.Rq.Keys.Claims(client.Name, "default"), ListSide.Left, ListSide.Right);

        Take.Answer answer = await client.TakeAsync(slots: 1, ExecutionIds.New(1));

        answer.Executions.Single().JobId.ShouldBe(jobs[0]);
        (await world.Queue().GetJobIdsAsync()).ShouldBe(jobs[1..]);
    }

    [Fact]
    public async Task Half_a_take_of_the_embedded_server_has_started_nothing()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Embedded);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        // The script ends where it lists the execution, as if the server had been killed there.
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Started("default"), "no registry");

        (await Record.ExceptionAsync(() => client.TakeAsync(slots: 1, ExecutionIds.New(1)))).ShouldNotBeNull();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.ListRangeAsync(world.Rq.Keys.Claims(client.Name, "default"))).Select(id => (string)id!).ShouldBe([job.Id]);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Started("default"));
        (await client.TakeAsync(slots: 5, ExecutionIds.New(5))).Executions.Single().JobId.ShouldBe(job.Id);
    }

    [Theory, OnEachBackend]
    public async Task How_long_a_function_was_unknown_outlives_a_resume_but_no_plain_return(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"), new JobOptions { Ttl = TimeSpan.FromSeconds(1000) });
        async Task<double> GiveBackAsync(Execution execution, DateTimeOffset? unknownSince)
        {
            await GiveBack.ExecuteAsync(world.Rq, world.Rq, client.Name, [new EndedExecution(execution, new Outcome.GivenBack(unknownSince))]);
            return (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id)))!.Value.TotalSeconds;
        }

        Execution first = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        (await GiveBackAsync(first, DateTimeOffset.UtcNow.AddSeconds(-400))).ShouldBeInRange(300, 600, "it has waited for 400 of its 1000 seconds");
        Execution second = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        second.Job.UnknownSince.ShouldNotBeNull();
        Take.Answer resumed = Take.Read(world.Rq, client.Name, s_queues, await world.Rq.ExecuteAsync(Take.ResumeCall(world.Rq, client.Name, client.Name, s_queues)));
        resumed.Executions.Single().Job.UnknownSince.ShouldBe(second.Job.UnknownSince);

        (await GiveBackAsync(second, null)).ShouldBeGreaterThan(700);
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Job(job.Id), "unknown_since")).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task While_suspended_nothing_is_taken_and_claims_go_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        string[] jobs = [.. (await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To("a"), 3))).Select(job => job.Id)];
        await world.Rq.Database.ListMoveAsync(world.Rq.Keys.Queue("default"), world.Rq.Keys.Claims(client.Name, "default"), ListSide.Left, ListSide.Right);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Suspended, "1");

        Take.Answer answer = await client.TakeAsync(slots: 5, ExecutionIds.New(5));

        answer.IsSuspended.ShouldBeTrue();
        answer.Executions.ShouldBeEmpty();
        (await world.Queue().GetJobIdsAsync()).ShouldBe(jobs);
    }
}
