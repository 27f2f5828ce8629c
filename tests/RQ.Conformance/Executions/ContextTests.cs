using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>What a running job knows, and what it tells.</summary>
public class ContextTests
{
    [Theory, OnEachBackend]
    public async Task JOB_16_the_current_job_is_known_inside_of_it_only(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<string> job = await world.Queue().EnqueueAsync(() => AttemptJobs.WhoAmIAsync(null!));

        await world.RunBurstAsync(configure: options => options.Name = "namer");

        JobContext.Current.ShouldBeNull();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldStartWith($"namer {job.Id} {job.Id} ");
    }

    [Theory, OnEachBackend]
    public async Task What_a_job_leaves_behind_does_not_take_it_for_running(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<JobContext?>? left = null;
        Job? inner = null;
        string? after = null;
        world.Functions.Add("inner", () => JobContext.Current!.Job.Id);
        world.Functions.Add("leaves_a_task", async () =>
        {
            left = Task.Run(async () =>
            {
                bool isKnown = JobContext.Current is not null;
                await end.Task;
                return isKnown ? JobContext.Current : throw new InvalidOperationException("It was not known while the job ran.");
            });
            inner = await new Queue("default", world.Rq, new QueueOptions { IsAsync = false, CallerOptions = new WorkerOptions { Functions = world.Functions } })
                .EnqueueAsync(JobCall.To("inner"));
            after = JobContext.Current?.Job.Id;
        });
        Job job = await world.Queue().EnqueueAsync(JobCall.To("leaves_a_task"));

        await world.RunBurstAsync();

        end.SetResult();
        (await left!).ShouldBeNull();
        after.ShouldBe(job.Id);
        (await inner!.GetLatestResultAsync())!.ReturnValue.ShouldBe(inner.Id);
    }

    [Theory, OnEachBackend]
    public async Task JOB_17_asynchronous_functions_are_run_to_their_end(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> waiting = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, default));
        Job<string> value = await world.Queue().EnqueueAsync(() => ShapedJobs.ValueTaskAsync("value"));
        world.StartWorker(configure: options => options.Concurrency = 2);

        (await value.WaitForResultAsync(Eventually.Limit)).ShouldBe("value");
        await TestJobs.Gate(gate).HasEnteredAsync();
        (await waiting.GetStatusAsync()).ShouldBe(JobStatus.Started);
        TestJobs.Gate(gate).Open();

        (await waiting.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
    }

    [Theory, OnEachBackend]
    public async Task JOB_22_a_job_knows_its_worker_and_its_ids(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<string> job = await world.Queue().EnqueueAsync(() => AttemptJobs.WhoAmIAsync(null!));
        Job inline = await world.Queue().EnqueueAsync(() => AttemptJobs.WhoAmIAsync(null!));

        Outcome outcome = await Inline.RunAsync(world, inline);
        await world.RunBurstAsync(configure: options => options.Name = "namer");

        JobResult result = (await job.GetLatestResultAsync())!;
        result.ReturnValue.ShouldBe($"namer {job.Id} {job.Id} {result.ExecutionId}");
        byte[] value = outcome.ShouldBeOfType<Outcome.Finished>().Value!;
        JobSerializer.Of(value).Deserialize(value).ShouldBeOfType<string>().ShouldStartWith($"sync {inline.Id}");
    }

    [Theory, OnEachBackend]
    public async Task Progress_and_log_lines_are_seen_while_the_job_runs_and_after(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job job = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsAsync(gate, null!));
        job.Progress.ShouldBeNull();
        (await job.GetLogAsync()).ShouldBeEmpty();
        world.StartWorker();

        await Eventually.BecomesAsync(async () => (await job.GetLogAsync()).Count == 2, "two lines are there");
        // It says so after the second line.
        await Eventually.BecomesAsync(async () =>
        {
            await job.RefreshAsync();
            return job.Progress is { Fraction: 0.5, Text: "half" };
        }, "it is half done");
        job.Progress!.At.ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddSeconds(1));
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.JobLog(job.Id))).ShouldBeNull();
        TestJobs.Gate(gate).Open();
        await job.WaitForResultAsync(Eventually.Limit);

        await job.RefreshAsync();
        (job.Progress.Fraction, job.Progress.Text).ShouldBe((1, "all"));
        IReadOnlyList<JobLogLine> lines = await job.GetLogAsync();
        lines.Select(line => line.Text).ShouldBe(["first", "second", "third"]);
        lines.ShouldAllBe(line => line.ExecutionId.Length == 32);
        (await job.GetLogAsync(1, 1)).Single().Text.ShouldBe("second");
    }

    [Theory, OnEachBackend]
    public async Task Of_many_lines_the_last_thousand_are_kept(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsALot(3000, null!));

        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        IReadOnlyList<JobLogLine> lines = await job.GetLogAsync();
        lines.Count.ShouldBe(1000);
        lines[^2].Text.ShouldBe("line 2999");
        lines[0].Text.ShouldBe("line 2001");
        lines[^1].Text.ShouldBe(new string('ä', 2048));
        job.Progress!.Text.ShouldBe("2999");
    }

    [Theory, OnEachBackend]
    public async Task Lines_live_as_long_as_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job kept = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsALot(3, null!));
        Job gone = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsALot(3, null!), new JobOptions { ResultTtl = TimeSpan.Zero });
        Job failed = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsAndFails("hello", null!), new JobOptions { FailureTtl = TimeSpan.FromMinutes(1) });

        await world.RunBurstAsync();

        (await kept.GetLogAsync()).Count.ShouldBe(4);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.JobLog(kept.Id)))!.Value.TotalSeconds.ShouldBeInRange(400, 500);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.JobLog(failed.Id)))!.Value.TotalSeconds.ShouldBeInRange(1, 60);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.JobLog(gone.Id))).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task Lines_of_all_attempts_stay_together_and_no_server_error_fails_the_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job retried = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsAndFails("hello", null!), new JobOptions { Retry = new Retry(1) });
        Job refused = await world.Queue().EnqueueAsync(() => AttemptJobs.TellsALot(3, null!));
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.JobLog(refused.Id), "no list");

        await world.RunBurstAsync();

        IReadOnlyList<JobLogLine> lines = await retried.GetLogAsync();
        lines.Select(line => line.Text).ShouldBe(["hello", "hello"]);
        lines[0].ExecutionId.ShouldNotBe(lines[1].ExecutionId);
        (await refused.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains($"job {refused.Id} ended before its last progress"));
    }

    [Theory, OnEachBackend]
    public async Task Notes_count_only_while_the_execution_is_the_jobs_own_and_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using RQ.Conformance.Transitions.TransitionClient client = await RQ.Conformance.Transitions.TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        Execution execution = (await client.TakeAsync(slots: 1, ExecutionIds.New(1))).Executions.Single();
        var other = new Execution(ExecutionIds.New(1)[0], "default", client.Name, execution.Job, execution.CreatedAt);
        JobLogLine[] lines = [.. Enumerable.Range(0, 12).Select(n => new JobLogLine(DateTimeOffset.UtcNow, $"line {n}", execution.Id))];
        var progress = new JobProgress(0.5, null, DateTimeOffset.UtcNow);

        (await Note.ExecuteAsync(world.Rq, other, progress, 0, lines)).ShouldBe(Verdict.Lost);
        (await job.GetLogAsync()).ShouldBeEmpty();
        (await Note.ExecuteAsync(world.Rq, execution, progress, 0, lines[..10])).ShouldBe(Verdict.Applied);
        (await Note.ExecuteAsync(world.Rq, execution, null, 0, lines[..10])).ShouldBe(Verdict.Applied);
        (await Note.ExecuteAsync(world.Rq, execution, null, 8, lines[8..])).ShouldBe(Verdict.Applied);
        (await job.GetLogAsync()).Select(line => line.Text).ShouldBe(lines.Select(line => line.Text));
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), JobFields.HasLog)).ShouldBe("1");
        (await client.FinishAsync(execution)).ShouldBe(Verdict.Applied);
        (await Note.ExecuteAsync(world.Rq, execution, progress, 12, lines[..1])).ShouldBe(Verdict.Lost);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(job.Id));
        (await Note.ExecuteAsync(world.Rq, execution, progress, 12, lines[..1])).ShouldBe(Verdict.Gone);
    }
}
