using System.Runtime.InteropServices;
using RQ.Conformance.Executions;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>A worker that is told to stop, once or twice, and what becomes of what it runs.</summary>
public class ShutdownTests
{
    [Theory, OnEachBackend]
    public async Task S110_WRK_9_a_busy_worker_finishes_all_it_runs_and_takes_nothing_more(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] gates = [.. Enumerable.Range(0, 8).Select(_ => Guid.NewGuid().ToString())];
        var jobs = new List<Job<string>>();
        foreach (string gate in gates)
            jobs.Add(await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate)));
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 8);
        foreach (string gate in gates)
            await TestJobs.Gate(gate).HasEnteredAsync();

        Task<long> stopping = worker.StopAsync();
        await Eventually.BecomesAsync(
            async () => await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Worker(worker.Name), "shutdown_requested_date"), "the worker says that it was told");
        Job late = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        foreach (string gate in gates)
        {
            stopping.IsCompleted.ShouldBeFalse();
            TestJobs.Gate(gate).Open();
        }

        (await stopping).ShouldBe(8);
        foreach (Job<string> job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await late.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
        string? at = await world.Rq.Database.HashGetAsync(world.Rq.Keys.Worker(worker.Name), "shutdown_requested_date");
        RqTime.ParseTimestamp(at).ShouldNotBeNull();
    }

    [Theory, OnEachBackend]
    public async Task WRK_9_an_idle_worker_leaves_at_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(["a", "b"]);
        await Eventually.BecomesAsync(
            async () => await world.Rq.Database.HashExistsAsync(world.Rq.Keys.LeaseWaits, worker.Name), "the worker waits on its queues");

        (await worker.StopAsync()).ShouldBe(0);

        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Worker(worker.Name), "shutdown_requested_date")).ShouldBeFalse();
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.Worker(worker.Name), "death")).ShouldBeTrue();
    }

    [Fact]
    public async Task S110_a_worker_process_that_is_idle_leaves_at_a_signal_with_exit_code_0()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using WorkerProcess process = await WorkerProcess.StartAsync(world.Url);

        process.Signal(PosixSignal.SIGTERM);

        (await process.ExitAsync()).ShouldBe(0, process.Output);
        process.Output.ShouldContain("stopping on request");
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
    }

    [Fact]
    public async Task S110_a_worker_process_with_eight_busy_slots_finishes_them_after_a_signal()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string[] keys = [.. Enumerable.Range(0, 8).Select(_ => Guid.NewGuid().ToString())];
        Job[] jobs = [.. await world.Queue().EnqueueManyAsync(keys.Select(key => JobCall.To("RQ.TestSupport.ProcessJobs.CountAndWaitAsync", key)))];
        await using WorkerProcess process = await WorkerProcess.StartAsync(world.Url, "--concurrency", "8");
        foreach (string key in keys)
            await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1, "the job runs");

        process.Signal(PosixSignal.SIGTERM);
        await Eventually.BecomesAsync(() => process.Output.Contains("warm shut down requested"), "the worker knows");
        Job late = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        foreach (string key in keys)
            await ProcessJobs.OpenGateAsync(world.Rq, key);

        (await process.ExitAsync()).ShouldBe(0, process.Output);
        foreach (Job job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await late.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
    }

    [Fact]
    public async Task S014_an_idle_worker_process_stopped_by_a_signal_loses_no_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString();
        await using WorkerProcess first = await WorkerProcess.StartAsync(world.Url, "default", "other");

        first.Signal(PosixSignal.SIGTERM);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("RQ.TestSupport.ProcessJobs.CountAsync", key));

        (await first.ExitAsync()).ShouldBe(0, first.Output);
        (await job.GetStatusAsync()).ShouldBeOneOf(JobStatus.Queued, JobStatus.Finished);
        await world.RunBurstAsync();
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(1);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Theory, OnEachBackend]
    public async Task S112_a_worker_told_to_go_at_once_gives_its_jobs_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 2);
        (Job heeds, Job ignores) = await RunTwoAsync(world, retry: new Retry(1));

        Task<long> warm = worker.StopAsync();
        await Eventually.BecomesAsync(() => HasLogged(world, "warm shut down requested"), "the worker waits");
        warm.IsCompleted.ShouldBeFalse();
        await worker.AbortAsync();

        foreach (Job job in new[] { heeds, ignores })
        {
            await job.RefreshAsync();
            job.Status.ShouldBe(JobStatus.Queued);
            job.RetriesLeft.ShouldBe(1);
        }

        (await world.Queue().GetJobIdsAsync()).ShouldBe([heeds.Id, ignores.Id]);
        await NothingIsStartedAsync(world);
        world.LogCollector.GetSnapshot().ShouldContain(record => record.Message == $"Worker {worker.Name}: cold shut down, 2 jobs go back to their queues");
    }

    [Theory, OnEachBackend]
    public async Task S112_by_option_the_jobs_fail_and_are_retried_if_they_may(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (bool hasRetries in new[] { true, false })
        {
            RunningWorker worker = world.StartWorker(configure: options =>
            {
                options.Concurrency = 2;
                options.OnShutdown = ShutdownPolicy.Fail;
            });
            (Job heeds, Job ignores) = await RunTwoAsync(world, hasRetries ? new Retry(1) : null);

            await worker.AbortAsync();

            foreach (Job job in new[] { heeds, ignores })
            {
                await job.RefreshAsync();
                job.Status.ShouldBe(hasRetries ? JobStatus.Queued : JobStatus.Failed);
                if (hasRetries)
                    job.RetriesLeft.ShouldBe(0);
                else
                    (await job.GetLatestResultAsync())!.ExceptionText.ShouldBe("worker shut down");
            }

            await NothingIsStartedAsync(world);
            HasLogged(world, "cold shut down, 2 jobs fail").ShouldBeTrue();
            (await world.Queue().Failed.CountAsync()).ShouldBe(hasRetries ? 0 : 2);
            await world.Queue().EmptyAsync();
        }
    }

    [Theory, OnEachBackend]
    public async Task When_the_grace_is_over_what_still_runs_is_given_back(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate));
        RunningWorker worker = world.StartWorker(configure: options => options.ShutdownGrace = TimeSpan.FromMilliseconds(200));
        await TestJobs.Gate(gate).HasEnteredAsync();

        await worker.StopAsync();

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        TestJobs.Gate(gate).Open();
        await world.RunBurstAsync();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await job.GetResultsAsync()).Count.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task What_somebody_stopped_stays_stopped_whatever_the_policy(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (ShutdownPolicy policy in Enum.GetValues<ShutdownPolicy>())
        {
            string gate = Guid.NewGuid().ToString();
            Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate), new JobOptions { Retry = new Retry(3) });
            RunningWorker worker = world.StartWorker(configure: options =>
            {
                options.OnShutdown = policy;
                options.TimeoutGrace = TimeSpan.FromMinutes(1);
            });
            await TestJobs.Gate(gate).HasEnteredAsync();
            await Commands.StopJobAsync(world, worker.Name, job.Id);
            await Eventually.BecomesAsync(() => HasLogged(world, $"job {job.Id}, execution"), "the job is being stopped");

            await worker.AbortAsync();

            (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
            TestJobs.Gate(gate).Open();
        }
    }

    /// <summary>One job that heeds its token, and one that does not.</summary>
    private static async Task<(Job Heeds, Job Ignores)> RunTwoAsync(TestWorld world, Retry? retry)
    {
        string heeded = Guid.NewGuid().ToString(), ignored = Guid.NewGuid().ToString();
        Job heeds = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(heeded, CancellationToken.None), new JobOptions { Retry = retry });
        await TestJobs.Gate(heeded).HasEnteredAsync();
        Job ignores = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(ignored), new JobOptions { Retry = retry });
        await TestJobs.Gate(ignored).HasEnteredAsync();
        return (heeds, ignores);
    }

    private static async Task NothingIsStartedAsync(TestWorld world)
    {
        (await world.Queue().Started.CountAsync()).ShouldBe(0);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Leases)).ShouldBe(0);
    }

    private static bool HasLogged(TestWorld world, string text) => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains(text));
}
