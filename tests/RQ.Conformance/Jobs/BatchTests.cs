using System.Transactions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Many jobs at once, jobs of several queues in one step, transactions and filters.</summary>
public class BatchTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Theory, OnEachBackend]
    public async Task ENQ_16_jobs_of_several_queues_go_in_one_step(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        var batch = new JobBatch(world.Rq);
        JobReference first = batch.Add(world.Queue("a"), () => TestJobs.Note(list, "first"));
        JobReference second = batch.Add(world.Queue("b"), () => TestJobs.Note(list, "second"), new JobOptions { DependsOn = [first] });
        batch.Add(world.Queue("a"), () => TestJobs.Note(list, "third"), new JobOptions { AtFront = true });
        (await Queue.AllAsync(world.Rq)).ShouldBeEmpty("nothing is written before");

        IReadOnlyList<Job> jobs = await batch.EnqueueAsync();

        jobs.Select(job => job.Status).ShouldBe([JobStatus.Queued, JobStatus.Deferred, JobStatus.Queued]);
        jobs.Select(job => job.Id).Take(2).ShouldBe([first.Id, second.Id]);
        (await batch.EnqueueAsync()).Select(job => job.Status).ShouldBe(jobs.Select(job => job.Status), "sent again it changes nothing");
        await world.RunBurstAsync(["a", "b"]);
        TestJobs.Noted(list).ShouldBe(["third", "first", "second"]);
    }

    [Theory, OnEachBackend]
    public async Task ENQ_16_a_batch_is_all_or_nothing(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue("a").EnqueueAsync(s_nothing, new JobOptions { Id = "taken" });
        var batch = new JobBatch(world.Rq);
        batch.Add(world.Queue("b"), s_nothing);
        batch.Add(world.Queue("c"), s_nothing, new JobOptions { Id = "taken", Unique = UniqueJob.WhileStored });

        await Should.ThrowAsync<DuplicateJobException>(() => batch.EnqueueAsync());

        (await world.Queue("b").CountAsync()).ShouldBe(0);
        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["a"]);
        Should.Throw<InvalidOperationException>(() => batch.Add(world.Queue(), s_nothing));
    }

    [Theory, OnEachBackend]
    public async Task ENQ_19_many_jobs_each_with_its_options_in_whatever_order(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        JobRequest Note(string item, JobOptions? options = null) => JobRequest.For(() => TestJobs.Note(list, item), options);

        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync([
            Note("c", new JobOptions { DependsOn = ["b"] }),
            Note("b", new JobOptions { Id = "b", DependsOn = ["a"] }),
            Note("a", new JobOptions { Id = "a" }),
            Note("front", new JobOptions { AtFront = true })]);

        jobs.Select(job => job.Status).ShouldBe([JobStatus.Deferred, JobStatus.Deferred, JobStatus.Queued, JobStatus.Queued]);
        await world.RunBurstAsync();
        TestJobs.Noted(list).ShouldBe(["front", "a", "b", "c"]);
        (await world.Queue().EnqueueManyAsync(Array.Empty<JobRequest>())).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task ENQ_19_when_it_fails_on_the_way_the_accepted_ones_are_named(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        JobRequest[] requests = [.. Enumerable.Range(0, 1100).Select(i => new JobRequest(s_nothing, new JobOptions { Id = $"j{i}", Unique = UniqueJob.WhileStored }))];
        await world.Queue().EnqueueAsync(s_nothing, new JobOptions { Id = "j700" });

        EnqueueManyException failure = await Should.ThrowAsync<EnqueueManyException>(() => world.Queue().EnqueueManyAsync(requests));

        failure.Accepted.Select(job => job.Id).ShouldBe(Enumerable.Range(0, 500).Select(i => $"j{i}"));
        failure.InnerException.ShouldBeOfType<DuplicateJobException>();
        (await world.Queue().CountAsync()).ShouldBe(501);
        await Should.ThrowAsync<DuplicateJobException>(() => world.Queue().EnqueueManyAsync(requests[..1]));
    }

    [Theory, OnEachBackend]
    public async Task S005_every_kind_of_enqueue_registers_the_queue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IReadOnlyList<Job> many = await world.Queue("new1").EnqueueManyAsync([s_nothing, s_nothing, s_nothing]);
        await world.Queue("new2").EnqueueAsync(s_nothing, new JobOptions { DependsOn = [many[0]] });
        await world.Queue("new3").EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);

        (await Queue.AllAsync(world.Rq)).Select(queue => queue.Name).ShouldBe(["new1", "new2", "new3"]);
    }

    [Theory, OnEachBackend]
    public async Task S007_jobs_of_a_transaction_wait_for_its_commit(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue(options: new QueueOptions { EnqueueOnCommit = true });
        string key = Guid.NewGuid().ToString();
        async Task<Job[]> EnqueueAllWaysAsync() =>
        [
            await queue.EnqueueAsync(() => TestJobs.CountRun(key)),
            await queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddHours(1), s_nothing),
            await queue.EnqueueInAsync(TimeSpan.FromHours(1), s_nothing),
            .. await queue.EnqueueManyAsync([s_nothing]),
        ];
        async Task<long> NewIdsAsync() => await queue.CountAsync() + await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Scheduled("default"));

        Job[] jobs;
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            jobs = await EnqueueAllWaysAsync();
            jobs.ShouldAllBe(job => job.Status == JobStatus.Created);
            (await NewIdsAsync()).ShouldBe(0);
            scope.Complete();
        }

        (await NewIdsAsync()).ShouldBe(4);
        (await jobs[0].GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await world.RunBurstAsync();
        TestJobs.Runs(key).ShouldBe(1);

        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            jobs = await EnqueueAllWaysAsync();
        (await NewIdsAsync()).ShouldBe(2, "those of the first transaction that are not due");
        await Should.ThrowAsync<JobNotFoundException>(() => jobs[0].RefreshAsync());
        (await queue.EnqueueAsync(s_nothing)).Status.ShouldBe(JobStatus.Queued, "outside of a transaction it goes at once");
    }

    [Fact]
    public async Task S007_who_else_is_in_the_transaction_commits_alone_and_first()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Queue queue = world.Queue(options: new QueueOptions { EnqueueOnCommit = true });
        var database = new OnePhase(() => queue.CountAsync());

        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await queue.EnqueueAsync(s_nothing);
            Transaction.Current!.EnlistVolatile(database, EnlistmentOptions.None);
            await queue.EnqueueAsync(s_nothing);
            scope.Complete();
        }

        database.Steps.ShouldBe(["committed in one phase with 0 on the queue"]);
        (await queue.CountAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task S007_a_transaction_that_is_over_takes_no_jobs_and_one_that_cannot_enqueue_says_so()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Queue queue = world.Queue(options: new QueueOptions { EnqueueOnCommit = true });
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            Transaction.Current!.Rollback();
            await Should.ThrowAsync<TransactionException>(() => queue.EnqueueAsync(s_nothing));
        }

        var full = world.Queue("full", new QueueOptions { EnqueueOnCommit = true, MaxLength = 1 });
        var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        await full.EnqueueAsync(s_nothing);
        Job refused = await full.EnqueueAsync(s_nothing);
        await queue.EnqueueAsync(s_nothing);
        scope.Complete();
        Should.Throw<RqException>(scope.Dispose).Message.ShouldContain(refused.Id);
        (await full.CountAsync()).ShouldBe(1);
        (await queue.CountAsync()).ShouldBe(1, "the others are there");
    }

    [Fact]
    public async Task S007_what_cannot_be_enqueued_after_the_commit_is_told_to_whoever_asked_for_it()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var told = new List<(IReadOnlyList<Job> Jobs, Exception Why)>();
        var full = world.Queue("full", new QueueOptions { EnqueueOnCommit = true, MaxLength = 1, OnCommitFailed = (jobs, why) => told.Add((jobs, why)) });
        Queue queue = world.Queue(options: new QueueOptions { EnqueueOnCommit = true, OnCommitFailed = (_, _) => throw new InvalidOperationException("not here") });
        Job refused;
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await full.EnqueueAsync(s_nothing);
            refused = await full.EnqueueAsync(s_nothing);
            await queue.EnqueueAsync(s_nothing);
            scope.Complete();
        }

        (IReadOnlyList<Job> left, Exception why) = told.ShouldHaveSingleItem();
        left.ShouldHaveSingleItem().Id.ShouldBe(refused.Id);
        why.InnerException!.InnerException.ShouldBeOfType<QueueFullException>();
        (await full.CountAsync()).ShouldBe(1);
        (await queue.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task S007_an_id_that_is_used_twice_in_a_transaction_is_one_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var told = new List<Exception>();
        Queue queue = world.Queue(options: new QueueOptions { EnqueueOnCommit = true, OnCommitFailed = (_, why) => told.Add(why) });
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await queue.EnqueueAsync(s_nothing, new JobOptions { Id = "one" });
            await queue.EnqueueAsync(s_nothing, new JobOptions { Id = "one" });
            await queue.EnqueueAsync(s_nothing, new JobOptions { Id = "one", Unique = UniqueJob.WhileStored });
            scope.Complete();
        }

        (await queue.GetJobIdsAsync()).ShouldBe(["one"]);
        told.ShouldHaveSingleItem().InnerException.ShouldBeOfType<DuplicateJobException>();
    }

    [Fact]
    public async Task S007_jobs_that_belong_together_keep_their_order_when_they_are_enqueued_with_the_commit()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var options = new QueueOptions { EnqueueOnCommit = true };
        Queue one = world.Queue("one", options), other = world.Queue("other", options);
        Job child;
        using (var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            await one.EnqueueAsync(s_nothing);
            Job parent = await other.EnqueueAsync(s_nothing);
            child = await one.EnqueueAsync(s_nothing, new JobOptions { DependsOn = [parent] });
            scope.Complete();
        }

        (await child.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
    }

    /// <summary>As a database does that commits by itself when nobody else is in the transaction.</summary>
    private sealed class OnePhase(Func<Task<long>> count) : ISinglePhaseNotification
    {
        public List<string> Steps { get; } = [];

        public void SinglePhaseCommit(SinglePhaseEnlistment singlePhaseEnlistment)
        {
            Steps.Add($"committed in one phase with {Task.Run(count).GetAwaiter().GetResult()} on the queue");
            singlePhaseEnlistment.Committed();
        }

        public void Prepare(PreparingEnlistment preparingEnlistment)
        {
            Steps.Add("prepared");
            preparingEnlistment.Prepared();
        }

        public void Commit(Enlistment enlistment)
        {
            Steps.Add("committed");
            enlistment.Done();
        }

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
    }

    [Theory, OnEachBackend]
    public async Task Enqueue_filters_are_nested_and_may_change_or_refuse(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var seen = new List<string>();
        Queue queue = world.Queue(options: new QueueOptions { EnqueueFilters = [new NotingFilter("outer", seen), new NotingFilter("inner", seen)] });

        Job job = await queue.EnqueueAsync(() => TestJobs.Add(1, 2));
        IReadOnlyList<Job> many = await queue.EnqueueManyAsync([s_nothing, s_nothing]);

        seen.ShouldBe(["outer 1 Add", "inner 1 Add", "inner done 1", "outer done 1", "outer 2 Nothing", "inner 2 Nothing", "inner done 2", "outer done 2"]);
        job.Meta["by"].ShouldBe("inner");
        many.Count.ShouldBe(2);
        await Should.ThrowAsync<InvalidOperationException>(() => queue.EnqueueAsync(JobCall.To("forbidden")));
        await Should.ThrowAsync<RqException>(() => queue.EnqueueAsync(JobCall.To("swallowed")));
        (await queue.CountAsync()).ShouldBe(3);
    }

    private sealed class NotingFilter(string name, List<string> seen) : IEnqueueFilter
    {
        public async ValueTask EnqueueAsync(EnqueueContext context, Func<ValueTask> next, CancellationToken cancellationToken)
        {
            string function = context.Requests[0].Call.Function;
            if (function == "forbidden")
                throw new InvalidOperationException("not here");
            if (function == "swallowed")
                return;
            seen.Add($"{name} {context.Requests.Count} {function.Split('.')[^1]}");
            context.Requests = [.. context.Requests.Select(request => request with
            {
                Options = (request.Options ?? new JobOptions()) with { Meta = new Dictionary<string, object?> { ["by"] = name } },
            })];
            await next();
            seen.Add($"{name} done {context.Jobs.Count}");
        }
    }

    [Fact]
    public async Task A_queue_can_be_faked_for_unit_tests()
    {
        var fake = new FakeQueue();
        Job<int> job = await ((IQueue)fake).EnqueueAsync(() => TestJobs.Add(1, 2));

        job.Status.ShouldBe(JobStatus.Created);
        job.Arguments.ShouldBe([1L, 2L]);
        fake.Calls.Single().ToString().ShouldBe("RQ.TestSupport.TestJobs.Add(1, 2)");
        Should.Throw<InvalidOperationException>(() => job.Connection);
    }

    private sealed class FakeQueue : IQueue
    {
        public List<JobCall> Calls { get; } = [];

        public string Name => "fake";

        public Task<Job> EnqueueAsync(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls.Add(call);
            return Task.FromResult(Job.Create(call, options));
        }

        public Task<Job<T>> EnqueueAsync<T>(JobCall call, JobOptions? options = null, CancellationToken cancellationToken = default)
        {
            Calls.Add(call);
            return Task.FromResult(Job<T>.Create(call, options));
        }

        public async Task<IReadOnlyList<Job>> EnqueueManyAsync(IEnumerable<JobRequest> requests, CancellationToken cancellationToken = default) =>
            await Task.WhenAll(requests.Select(request => EnqueueAsync(request.Call, request.Options, cancellationToken)));

        public Task<long> CountAsync(CancellationToken cancellationToken = default) => Task.FromResult((long)Calls.Count);
    }
}
