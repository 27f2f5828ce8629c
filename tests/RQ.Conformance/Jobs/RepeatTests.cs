using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Series that go on for ever or until a time, and how they are ended. The schedule is moved on by hand.</summary>
public class RepeatTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Theory, OnEachBackend]
    public async Task REP_1_a_job_repeats_for_ever_until_it_is_canceled(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = Repeat.Forever(s_hour) });
        for (int run = 1; run <= 3; run++)
        {
            await world.RunBurstAsync();
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
            (job.RepeatsForever, job.RepeatsLeft, job.RepeatUntil).ShouldBe((true, null, null));
            (await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "repeats_left")).ShouldBe(int.MaxValue, "ours do not count down");
            DateTimeOffset next = (await world.Queue().Scheduled.GetTimeAsync(job.Id))!.Value;
            (next - job.EndedAt!.Value).TotalMinutes.ShouldBe(60, 1);
            (await PromoteAtAsync(world, next.AddSeconds(1))).ShouldBe(1);
        }

        TestJobs.Runs(key).ShouldBe(3);
        if (backend == Backend.Redis)
            (await job.GetResultsAsync()).Count.ShouldBe(3);
        await world.RunBurstAsync();
        await job.CancelAsync();

        (await world.Queue().Scheduled.CountAsync()).ShouldBe(0);
        (await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddDays(1))).ShouldBe(0);
        await world.RunBurstAsync();
        TestJobs.Runs(key).ShouldBe(4);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
        (await Consistency.ViolationsAsync(world.Rq)).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task REP_1_a_queued_repeat_is_canceled_too(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Repeat = new Repeat(5) });
        await using var client = await Transitions.TransitionClient.RegisterAsync(world);
        await client.FinishAsync((await client.TakeAsync(1, RQ.Executions.ExecutionIds.New(1))).Executions[0]);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);

        await job.CancelAsync();

        (await world.RunBurstAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Canceled);
    }

    [Theory, OnEachBackend]
    public async Task REP_1_a_series_ends_when_the_next_run_would_be_due_after_its_end(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        DateTimeOffset until = DateTimeOffset.UtcNow.AddMinutes(90);
        foreach (Repeat repeat in (Repeat[])[Repeat.Forever(s_hour, until), new Repeat(5, s_hour) { Until = until }])
        {
            Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = repeat, ResultTtl = TimeSpan.FromSeconds(300) });
            await world.RunBurstAsync();
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
            job.RepeatUntil!.Value.ShouldBe(until, TimeSpan.FromMilliseconds(1));
            await PromoteAtAsync(world, until.AddMinutes(-20));

            // The server's clock counts, whatever the worker's says.
            world.Rq.ScriptClock = () => Micros(until.AddMinutes(-20));
            await using (var client = await Transitions.TransitionClient.RegisterAsync(world))
                (await client.FinishAsync((await client.TakeAsync(1, RQ.Executions.ExecutionIds.New(1))).Executions[0])).ShouldBe(Verdict.Applied);
            world.Rq.ScriptClock = null;

            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            (job.RepeatsLeft, job.RepeatsForever).ShouldBe((0, false));
            (await world.Queue().Scheduled.CountAsync()).ShouldBe(0);
            (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(200, 300);
        }
    }

    [Theory, OnEachBackend]
    public async Task REP_1_the_first_run_is_made_even_after_the_end(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        var options = new JobOptions { Repeat = new Repeat(5) { Until = DateTimeOffset.UtcNow.AddMinutes(-1) } };
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), options);

        await world.RunBurstAsync();

        TestJobs.Runs(key).ShouldBe(1);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task A_series_that_is_ended_while_a_run_goes_on_ends_with_it(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (Repeat repeat in (Repeat[])[Repeat.Forever(s_hour), new Repeat(5)])
        {
            string gate = Guid.NewGuid().ToString();
            Job<string> job = await world.Queue().EnqueueAsync(
                () => TestJobs.WaitAtGateAsync(gate, default), new JobOptions { Repeat = repeat, ResultTtl = TimeSpan.FromSeconds(300) });
            Task<long> run = world.RunBurstAsync();
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Started, "the job runs");

            (await job.EndRepeatsAsync()).ShouldBeTrue();
            (job.Status, job.RepeatsLeft, job.RepeatsForever).ShouldBe((JobStatus.Started, 0, false));
            (await job.EndRepeatsAsync()).ShouldBeFalse();
            TestJobs.Gate(gate).Open();

            (await run).ShouldBe(1);
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
            (await world.Queue().Scheduled.CountAsync()).ShouldBe(0);
            (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(job.Id))).ShouldNotBeNull().TotalSeconds.ShouldBeInRange(200, 300);
        }
    }

    [Theory, OnEachBackend]
    public async Task A_series_that_is_ended_while_it_waits_runs_once_more(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string key = Guid.NewGuid().ToString();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.CountRun(key), new JobOptions { Repeat = Repeat.Forever(s_hour) });
        await world.RunBurstAsync();

        (await job.EndRepeatsAsync()).ShouldBeTrue();
        (await PromoteAtAsync(world, DateTimeOffset.UtcNow.AddHours(2))).ShouldBe(1);
        await world.RunBurstAsync();

        TestJobs.Runs(key).ShouldBe(2);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task There_is_nothing_to_end_of_a_job_that_does_not_repeat_or_is_gone(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        (await job.EndRepeatsAsync()).ShouldBeFalse();
        (job.RepeatsForever, job.RepeatsLeft, job.RepeatUntil).ShouldBe((false, null, null));
        await job.DeleteAsync();
        await Should.ThrowAsync<JobNotFoundException>(() => job.EndRepeatsAsync());
    }

    [Theory, OnEachBackend]
    public async Task REP_4_a_failure_ends_a_series_that_is_for_ever(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Repeat = Repeat.Forever(s_hour) });

        await world.RunBurstAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await world.Queue().Scheduled.CountAsync()).ShouldBe(0);
    }

    /// <summary>What Python counted down is still for ever, and any interval list is read by RQ's rule: its last entry.</summary>
    [Theory, OnEachBackend]
    public async Task A_series_that_Python_has_counted_down_is_still_for_ever(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Repeat = Repeat.Forever(s_hour) });
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), [new("repeats_left", "99999999999"), new("repeat_intervals", "[5, 7200]")]);

        await world.RunBurstAsync();

        await job.RefreshAsync();
        job.RepeatsForever.ShouldBeTrue();
        ((await world.Queue().Scheduled.GetTimeAsync(job.Id))!.Value - job.EndedAt!.Value).TotalMinutes.ShouldBe(120, 1);
    }

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / 10;

    private static async Task<int> PromoteAtAsync(TestWorld world, DateTimeOffset time)
    {
        world.Rq.ScriptClock = () => Micros(time);
        try
        {
            return await Promote.AllAsync(world.Rq, "default", CancellationToken.None);
        }
        finally
        {
            world.Rq.ScriptClock = null;
        }
    }
}
