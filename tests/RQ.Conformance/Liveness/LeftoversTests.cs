using RQ.Executions;
using RQ.Redis.Transitions;
using RQ.Conformance.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Started jobs whose worker has no lease: Python's, and those that their caller ran.</summary>
public class LeftoversTests
{
    private const string Execution = "0123456789abcdef0123456789abcdef";

    public static TheoryData<Backend, string?> Entries => new()
    {
        { Backend.Redis, null }, { Backend.Redis, Execution }, { Backend.Embedded, null }, { Backend.Embedded, Execution },
    };

    [Theory, MemberData(nameof(Entries))]
    public async Task MNT_1_an_overdue_job_of_a_dead_python_worker_fails_visibly(Backend backend, string? execution)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job job = await PythonState.StartedAsync(world, execution);

        await cleaner.CleanUntilAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it has failed");

        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("due to AbandonedJobError");
        (await world.Queue().Failed.GetJobIdsAsync()).ShouldBe([job.Id]);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default"))).ShouldBe(0);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Execution(job.Id, Execution))).ShouldBeFalse();
        (await Consistency.ViolationsAsync(world.Rq)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Entries))]
    public async Task MNT_1_it_is_retried_while_retries_are_left_and_requeued_when_it_wants_that(Backend backend, string? execution)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job retried = await PythonState.StartedAsync(world, execution, 1, ("retries_left", "2"), ("retry_intervals", "[0]"));
        Job requeued = await PythonState.StartedAsync(world, execution, 1, ("on_abandoned", "requeue"));
        Job waiting = await world.Queue().EnqueueAsync(JobCall.To("a"));

        await cleaner.CleanUntilAsync(async () => await world.Queue().CountAsync() == 3, "both are back");

        (await world.Queue().GetJobIdsAsync()).ShouldBe([requeued.Id, waiting.Id, retried.Id]);
        await retried.RefreshAsync();
        (retried.Status, retried.RetriesLeft).ShouldBe((JobStatus.Queued, 1));
    }

    [Theory, MemberData(nameof(Entries))]
    public async Task S046_ten_cleaners_recover_a_python_job_once(Backend backend, string? execution)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Cleaner[] cleaners = [.. Enumerable.Range(0, 10).Select(_ => new Cleaner(world))];
        var jobs = new List<Job>();
        for (int i = 0; i < 30; i++)
            jobs.Add(await PythonState.StartedAsync(world, execution, 1, ("retries_left", "5"), ("retry_intervals", "[0]")));

        await Eventually.BecomesAsync(async () =>
        {
            await Task.WhenAll(cleaners.Select(cleaner => cleaner.CleanAsync()));
            return await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default")) == 0;
        }, "all are recovered");

        (await world.Queue().CountAsync()).ShouldBe(30);
        foreach (Job job in jobs)
        {
            await job.RefreshAsync();
            (job.Status, job.RetriesLeft, job.Attempts).ShouldBe((JobStatus.Queued, 4, 1));
        }

        foreach (Cleaner cleaner in cleaners)
            cleaner.Dispose();
    }

    [Theory, OnEachBackend]
    public async Task What_lives_is_left_alone(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job ours = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution late = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), $"{ours.Id}:{late.Id}", 1);
        Job alive = await PythonState.StartedAsync(world, Execution, DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds());
        // The same job once more, under an execution that died long ago; and what it left in thirty earlier attempts.
        await world.Rq.Database.SortedSetAddAsync(
            world.Rq.Keys.Executions(alive.Id), [.. Enumerable.Range(0, 30).Select(i => new SortedSetEntry($"old{i}", i))]);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), $"{alive.Id}:{new string('d', 32)}", 1);
        Job afterStall = await PythonState.StartedAsync(world, null);
        Job dead = await PythonState.StartedAsync(world, null, 2);

        await cleaner.CleanAfterStallAsync();
        (await afterStall.GetStatusAsync()).ShouldBe(JobStatus.Started, "nobody is judged after a stall");
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), afterStall.Id, DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds());
        await cleaner.CleanUntilAsync(async () => await dead.GetStatusAsync() == JobStatus.Failed, "the dead one is found");

        (await ours.GetStatusAsync()).ShouldBe(JobStatus.Started, "its worker has a lease");
        (await alive.GetStatusAsync()).ShouldBe(JobStatus.Started);
        (await afterStall.GetStatusAsync()).ShouldBe(JobStatus.Started, "it has given a sign of life");
        (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default"))).Select(entry => (string)entry!)
            .ShouldBe([$"{ours.Id}:{late.Id}", $"{alive.Id}:{Execution}", afterStall.Id], ignoreOrder: true);
        (await client.FinishAsync(late)).ShouldBe(Verdict.Applied);
    }

    [Theory, OnEachBackend]
    public async Task Entries_of_jobs_that_are_gone_or_do_not_run_are_removed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job queued = await world.Queue().EnqueueAsync(JobCall.To("a"));
        RedisKey started = world.Rq.Keys.Started("default");
        // More than one bite, so that the pass goes on behind what stays.
        await world.Rq.Database.SortedSetAddAsync(started, [.. Enumerable.Range(0, 1200).Select(i => new SortedSetEntry($"gone{i}:{Execution}", 1))]);
        await world.Rq.Database.SortedSetAddAsync(started, [new($"{queued.Id}:{Execution}", 1), new("gone", 1), new("odd:id:", 1)]);

        await cleaner.CleanAfterStallAsync();

        (await world.Rq.Database.SortedSetRangeByRankAsync(started)).ShouldBe([(RedisValue)$"{queued.Id}:{Execution}"]);
        await cleaner.CleanUntilAsync(async () => !await world.Rq.Database.KeyExistsAsync(started), "the entry of the job that waits is gone too");
        (await queued.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([queued.Id], "it was on its queue already");
    }

    [Theory, OnEachBackend]
    public async Task MNT_1_a_job_that_was_listed_and_never_started_goes_back_to_the_head_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Cleaner[] cleaners = [.. Enumerable.Range(0, 5).Select(_ => new Cleaner(world))];
        IDatabase db = world.Rq.Database;
        RedisKey started = world.Rq.Keys.Started("default");
        Job lost = await PythonState.UnstartedAsync(world, Execution);
        Job beating = await PythonState.UnstartedAsync(world, Execution, DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds());
        // Died while it was being started; by now another worker starts it.
        Job again = await PythonState.UnstartedAsync(world, Execution);
        string second = new('e', 32);
        await db.SortedSetAddAsync(world.Rq.Keys.Executions(again.Id), second, DateTimeOffset.UtcNow.AddMinutes(2).ToUnixTimeSeconds());
        await db.SortedSetAddAsync(started, $"{again.Id}:{second}", DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds());
        // Between its queue and its worker.
        Job transit = await PythonState.UnstartedAsync(world, Execution);
        await db.ListRightPushAsync(world.Rq.Keys.Intermediate("default"), transit.Id);
        Job waiting = await world.Queue().EnqueueAsync(JobCall.To("a"));

        await cleaners[0].CleanAfterStallAsync();
        (await world.Queue().GetJobIdsAsync()).ShouldBe([waiting.Id], "nobody is judged after a stall");
        await Eventually.BecomesAsync(async () =>
        {
            await Task.WhenAll(cleaners.Select(cleaner => cleaner.CleanAsync()));
            return await db.SortedSetLengthAsync(started) == 2;
        }, "the entries of the dead are gone");

        (await world.Queue().GetJobIdsAsync()).ShouldBe([lost.Id, waiting.Id]);
        (await lost.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await db.ListRangeAsync(world.Rq.Keys.Intermediate("default"))).ShouldBe([(RedisValue)transit.Id]);
        (await db.SortedSetRangeByRankAsync(started)).Select(entry => (string)entry!)
            .ShouldBe([$"{beating.Id}:{Execution}", $"{again.Id}:{second}"], ignoreOrder: true);
        foreach (Cleaner cleaner in cleaners)
            cleaner.Dispose();
    }

    [Theory, MemberData(nameof(Entries))]
    public async Task A_python_worker_whose_clock_is_behind_is_alive_as_long_as_it_beats(Backend backend, string? execution)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using Cleaner cleaner = new(world), other = new(world);
        Job job = await PythonState.StartedAsync(world, execution);
        RedisKey started = world.Rq.Keys.Started("default");

        // By the server's clock each beat is overdue as soon as it comes.
        for (int beat = 1; beat <= 10; beat++)
        {
            await world.Rq.Database.SortedSetAddAsync(started, PythonState.Entry(job, execution), beat * 30);
            await (beat % 2 == 0 ? cleaner : other).CleanAsync();
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        (await world.Rq.Database.SortedSetLengthAsync(started)).ShouldBe(1);
        await cleaner.CleanUntilAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it beats no more");
    }

    [Theory, OnEachBackend]
    public async Task A_beat_between_the_look_and_the_verdict_saves_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await PythonState.StartedAsync(world, Execution);
        Overdue.Found found = await FindDeadAsync(world);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), found.Entry, 31);
        var execution = new Execution(Execution, "default", "py", await ReadJobs.ExecuteAsync(world.Rq, job.Id), DateTimeOffset.UtcNow);

        (await Abandon.ExecuteAsync(world.Rq, execution, new Outcome.GivenBack(), found)).ShouldBe(Verdict.Alive);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        (await Abandon.ExecuteAsync(world.Rq, execution, new Outcome.GivenBack(), await FindDeadAsync(world))).ShouldBe(Verdict.Applied);
    }

    [Theory, MemberData(nameof(Entries))]
    public async Task A_python_job_whose_dead_workers_name_one_of_ours_has_taken_is_recovered(Backend backend, string? execution)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        Job ours = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution running = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        Job job = await PythonState.StartedAsync(world, execution, 1, ("worker_name", client.Name));
        Job returned = await PythonState.StartedAsync(world, execution, 1, ("worker_name", client.Name), ("last_execution", new string('e', 32)), ("last_outcome", "retried"));
        // What an earlier run of ours has left.
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), $"{ours.Id}:{new string('d', 32)}", 1);

        foreach (Job dead in new[] { job, returned })
            await cleaner.CleanUntilAsync(async () => await dead.GetStatusAsync() == JobStatus.Failed, "it has failed");

        (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default"))).ShouldBe([(RedisValue)$"{ours.Id}:{running.Id}"]);
        (await client.FinishAsync(running)).ShouldBe(Verdict.Applied);
        (await Consistency.ViolationsAsync(world.Rq)).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task An_abandon_that_is_sent_again_takes_no_sign_of_life_from_the_next_run(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await PythonState.StartedAsync(world, execution: null);
        Overdue.Found found = await FindDeadAsync(world);
        var execution = new Execution(Execution, "default", "py", await ReadJobs.ExecuteAsync(world.Rq, job.Id), DateTimeOffset.UtcNow);
        (await Abandon.ExecuteAsync(world.Rq, execution, new Outcome.GivenBack(), found)).ShouldBe(Verdict.Applied);
        // Another worker of RQ before 2.0 takes it.
        RedisKey started = world.Rq.Keys.Started("default");
        double beat = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds();
        await world.Rq.Database.ListRemoveAsync(world.Rq.Keys.Queue("default"), job.Id);
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), [new("status", "started"), new("worker_name", "another")]);
        await world.Rq.Database.SortedSetAddAsync(started, job.Id, beat);

        (await Abandon.ExecuteAsync(world.Rq, execution, new Outcome.GivenBack(), found)).ShouldBe(Verdict.Already);

        (await world.Rq.Database.SortedSetScoreAsync(started, job.Id)).ShouldBe(beat);
    }

    [Theory, MemberData(nameof(Entries))]
    public async Task What_was_noted_before_the_servers_clock_was_set_back_keeps_nobody_from_being_found(Backend backend, string? execution)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        Job job = await PythonState.StartedAsync(world, execution);
        world.Rq.ScriptClock = () => DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds() * 1000;
        await cleaner.CleanAsync();
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.OverdueNotes("default") + PythonState.Entry(job, execution))).ShouldBeTrue();

        world.Rq.ScriptClock = null;

        await cleaner.CleanUntilAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "it is found");
    }

    /// <summary>The one that two looks find dead.</summary>
    private static async Task<Overdue.Found> FindDeadAsync(TestWorld world)
    {
        await Overdue.FindAsync(world.Rq, "default", 0, TimeSpan.Zero);
        return (await Overdue.FindAsync(world.Rq, "default", 0, TimeSpan.Zero)).Dead.Single();
    }

    [Theory, OnEachBackend]
    public async Task A_job_whose_caller_died_while_it_ran_it_is_recovered(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        using var cleaner = new Cleaner(world);
        string gate = Guid.NewGuid().ToString(), id = Guid.NewGuid().ToString();
        Queue inCaller = world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = world.Functions } });
        Task running = inCaller.EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Id = id });
        await TestJobs.Gate(gate).HasEnteredAsync();
        await cleaner.CleanAsync();
        Job job = await Job.FetchAsync(id, world.Rq);
        job.Status.ShouldBe(JobStatus.Started);
        RedisValue entry = (await world.Rq.Database.SortedSetRangeByRankAsync(world.Rq.Keys.Started("default"))).Single();

        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("default"), entry, 1);
        await cleaner.CleanUntilAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "it is back on its queue");

        // The caller was only slow: its outcome comes too late.
        TestJobs.Gate(gate).Open();
        await running;
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([id]);
    }

    [Theory, OnEachBackend]
    public async Task A_job_whose_caller_runs_it_is_kept_alive_until_its_outcome_is_stored(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        RedisKey started = world.Rq.Keys.Started("default");
        string gate = Guid.NewGuid().ToString(), id = Guid.NewGuid().ToString();
        var callerOptions = new WorkerOptions { Functions = world.Functions, MonitoringInterval = TimeSpan.FromSeconds(1) };
        Queue inCaller = world.Queue(options: new QueueOptions { IsAsync = false, CallerOptions = callerOptions });
        Task running = inCaller.EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), new JobOptions { Id = id });
        await TestJobs.Gate(gate).HasEnteredAsync();

        SortedSetEntry first = (await db.SortedSetRangeByRankWithScoresAsync(started)).Single();
        first.Score.ShouldBeLessThan(DateTimeOffset.UtcNow.AddMinutes(2).ToUnixTimeSeconds(), "a caller that dies is found soon, whatever the limit of its job");
        for (int beat = 0; beat < 2; beat++)
        {
            await db.SortedSetAddAsync(started, first.Element, 1);
            await Eventually.BecomesAsync(
                async () => await db.SortedSetScoreAsync(started, first.Element) > DateTimeOffset.UtcNow.ToUnixTimeSeconds(), "it beats");
        }

        TestJobs.Gate(gate).Open();
        await running;
        (await Job.FetchAsync(id, world.Rq)).Status.ShouldBe(JobStatus.Finished);
        string execution = ((string)first.Element!)[(id.Length + 1)..];
        (await db.KeyExistsAsync([started, world.Rq.Keys.WorkerExecutions("sync"), world.Rq.Keys.Execution(id, execution), world.Rq.Keys.Executions(id)]))
            .ShouldBe(0L, "nothing is left of it");
    }

    [Fact]
    public async Task A_job_of_a_real_python_worker_that_was_killed_is_recovered_by_a_worker_that_runs()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        world.Functions.Add("python_tasks.wait_for", TestJobs.Greet);
        Job job = await world.Queue("busy").EnqueueAsync(JobCall.To("python_tasks.wait_for", "gate"), new JobOptions { OnAbandoned = AbandonedJob.Requeue });
        using (python.StartWorker("busy"))
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Started, "Python runs it");
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Started("busy"), job.Id, 1);

        world.StartWorker(["busy"], options => options.LeftoversInterval = TimeSpan.FromSeconds(1));

        (await job.WaitForResultAsync(Eventually.Limit)).GetReturnValue<string>().ShouldBe("Hello, gate!");
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("of dead worker"));
    }
}
