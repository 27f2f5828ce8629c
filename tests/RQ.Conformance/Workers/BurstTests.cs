using Microsoft.Extensions.Logging;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>A worker that ends when its queues are empty; and the order in which jobs come.</summary>
public class BurstTests
{
    [Theory, OnEachBackend]
    public async Task WRK_2_the_worker_says_how_many_executions_it_ran(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        (await world.RunBurstAsync()).ShouldBe(0);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Retry = new Retry(1) });

        (await world.RunBurstAsync()).ShouldBe(3);
    }

    [Theory, OnEachBackend]
    public async Task S019_WRK_6_a_burst_worker_leaves_deferred_and_scheduled_jobs_and_runs_what_its_own_jobs_release(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job elsewhere = await world.Queue("nobody").EnqueueAsync(() => TestJobs.Nothing());
        Job first = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        Job waits = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [elsewhere] });
        Job released = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DependsOn = [first] });
        Job tomorrow = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { DueIn = TimeSpan.FromDays(1) });

        (await world.RunBurstAsync()).ShouldBe(3);

        (await released.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await waits.GetStatusAsync()).ShouldBe(JobStatus.Deferred);
        (await tomorrow.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await world.Queue().Deferred.CountAsync()).ShouldBe(1);
        (await world.Queue().Scheduled.CountAsync()).ShouldBe(1);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.EndsWith("done, quitting"));
    }

    [Theory, OnEachBackend]
    public async Task S017_what_is_put_at_the_front_overtakes_what_waits(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string list = Guid.NewGuid().ToString();
        var front = new JobOptions { AtFront = true };
        foreach (string item in new[] { "a", "b", "c" })
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item));
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "x"), front);
        await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "y"), front);

        await world.RunBurstAsync(configure: options => options.MaxJobs = 3);
        TestJobs.Noted(list).ShouldBe(["y", "x", "a"]);

        Job parent = await world.Queue().EnqueueAsync(() => TestJobs.Note(list, "parent"), front);
        foreach (string item in new[] { "d1", "d2" })
            await world.Queue().EnqueueAsync(() => TestJobs.Note(list, item), new JobOptions { DependsOn = [parent], AtFront = true });
        await world.Queue().EnqueueAsync(() => TestJobs.FailOnce(list, "r"), new JobOptions { AtFront = true, Retry = new Retry(1) { AtFront = true } });

        await world.RunBurstAsync();

        string[] rest = TestJobs.Noted(list)[3..];
        rest[..3].ShouldBe(["r", "r", "parent"]);
        rest[3..5].ShouldBe(["d1", "d2"], ignoreOrder: true);
        rest[5..].ShouldBe(["b", "c"]);
    }

    [Theory, OnEachBackend]
    public async Task WRK_22_an_id_whose_job_is_gone_is_passed_over_in_silence(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job gone = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        Job there = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job(gone.Id));

        (await world.RunBurstAsync()).ShouldBe(1);

        (await there.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue().CountAsync()).ShouldBe(0);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Job(gone.Id))).ShouldBeFalse();
        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Level >= LogLevel.Information && record.Message.Contains(gone.Id));
        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Level >= LogLevel.Error);
    }

    [Theory, OnEachBackend]
    public async Task SUS_2_while_suspended_what_runs_finishes_and_nothing_else_begins(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        world.StartWorker();
        await TestJobs.Gate(gate).HasEnteredAsync();
        Job behind = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await Worker.SuspendAllAsync(world.Rq);

        TestJobs.Gate(gate).Open();

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
        await Eventually.BecomesAsync(
            () => world.LogCollector.GetSnapshot().Any(record => record.Message.EndsWith("suspended, waiting for resume")), "the worker is suspended");
        (await behind.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await Worker.ResumeAllAsync(world.Rq);
        await Eventually.BecomesAsync(async () => await behind.GetStatusAsync() == JobStatus.Finished, "the worker goes on");
    }

    [Theory, OnEachBackend]
    public async Task SUS_4_a_burst_worker_does_not_wait_for_the_end_of_a_suspension(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await Worker.SuspendAllAsync(world.Rq);

        (await world.RunBurstAsync()).ShouldBe(0);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message.Contains("suspended in burst mode, quitting"));
    }
}
