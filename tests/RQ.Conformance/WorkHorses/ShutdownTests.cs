using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using RQ.Conformance.Transitions;
using RQ.Executions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Conformance.WorkHorses;

/// <summary>What becomes of work horses when their worker goes, one way or the other.</summary>
public class ShutdownTests
{
    [Fact]
    public async Task A_worker_that_is_killed_takes_its_work_horses_along_even_those_that_take_all_of_a_core()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string[] keys = [.. Enumerable.Range(0, 4).Select(_ => Guid.NewGuid().ToString("N"))];
        foreach (string key in keys)
            await world.Queue().EnqueueAsync(() => HorseJobs.Spin(key, null!));
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "--isolation", "work-horse", "--concurrency", "4");
        string?[] ids = await Task.WhenAll(keys.Select(key => WorkHorseTests.PidAsync(world, key)));

        worker.Kill();

        foreach (string? id in ids)
            await Eventually.BecomesAsync(() => !File.Exists($"/proc/{id}/status"), "the work horse is gone");
    }

    [Theory]
    [InlineData(Isolation.WorkHorse)]
    [InlineData(Isolation.WorkHorsePerJob)]
    public async Task S112_at_a_cold_shutdown_work_horses_are_killed_and_their_jobs_given_back(Isolation isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!), new JobOptions { Retry = new Retry(1) });
        RunningWorker worker = world.StartHorseWorker(isolation);
        string? id = await WorkHorseTests.PidAsync(world, key);

        await worker.AbortAsync();

        File.Exists($"/proc/{id}/status").ShouldBeFalse("it was killed before the job was given back");
        await job.RefreshAsync();
        job.Status.ShouldBe(JobStatus.Queued);
        job.RetriesLeft.ShouldBe(1);
        (await world.Queue().GetJobIdsAsync()).ShouldBe([job.Id]);
        (await world.Queue().Started.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task WRK_10_a_process_that_cannot_be_killed_holds_up_no_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using TransitionClient client = await TransitionClient.RegisterAsync(world);
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync([JobCall.To("stuck"), JobCall.To("other")]);
        IReadOnlyList<Execution> executions = (await client.TakeAsync(slots: 2, ExecutionIds.New(2))).Executions;
        var setup = new WorkerSetup(world.Rq, client.Name, ["default"], new WorkerOptions().Freeze(), NullLogger.Instance);
        var running = new RunningExecutions();
        var ended = new EndedExecutions(setup, running, new WorkerLimits(setup));
        var never = new TaskCompletionSource();
        running.Add(new RunningExecution(executions[0]) { OnKill = () => never.Task });
        running.Add(new RunningExecution(executions[1]) { OnKill = () => Task.CompletedTask });

        await new WorkerShutdown(setup, running, ended).CompleteAsync(
            isRequested: true,
            () => !ended.HasUnsettled,
            async () =>
            {
                await ended.SettleAsync();
                return true;
            },
            new CancellationToken(canceled: true)).WaitAsync(Eventually.Limit);

        // The one that could be killed did not wait for the other.
        (await world.Queue().GetJobIdsAsync()).ShouldBe([jobs[0].Id, jobs[1].Id]);
        foreach (Job job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task WRK_10_S112_two_signals_kill_the_work_horse_and_give_the_job_back()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!));
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "--isolation", "work-horse");
        string? id = await WorkHorseTests.PidAsync(world, key);

        worker.Signal(PosixSignal.SIGTERM);
        await Eventually.BecomesAsync(() => worker.Output.Contains("warm shut down requested"), "the first one was heard");
        // Within a second it would be the same one.
        await Task.Delay(1200);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Started);
        worker.Signal(PosixSignal.SIGTERM);

        (await worker.ExitAsync()).ShouldBe(0);
        File.Exists($"/proc/{id}/status").ShouldBeFalse();
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
    }

    [Theory]
    [InlineData(Isolation.None)]
    [InlineData(Isolation.WorkHorse)]
    public async Task WCL_5_a_job_sees_that_its_worker_stops_and_may_end_early(Isolation isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.EndEarly(key, null!));
        RunningWorker worker = world.StartHorseWorker(isolation);
        await WorkHorseTests.PidAsync(world, key);

        await worker.StopAsync();

        await job.RefreshAsync();
        job.Status.ShouldBe(JobStatus.Queued, "it was given back");
        (await world.Queue().Failed.CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task WRK_11_a_work_horse_ignores_interrupts_and_ends_at_a_sigterm()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!));
        world.StartHorseWorker();
        string id = (await WorkHorseTests.PidAsync(world, key))!;

        await SendAsync("INT", id);
        await ProcessJobs.OpenGateAsync(world.Rq, key);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "the interrupt changed nothing");

        Job second = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key + "2", null!));
        id = (await WorkHorseTests.PidAsync(world, key + "2"))!;
        await SendAsync("TERM", id);
        await Eventually.BecomesAsync(async () => await second.GetStatusAsync() == JobStatus.Failed, "the job has failed");
        (await second.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("SIGTERM");
    }

    [Fact]
    public async Task A_work_horse_that_is_told_to_end_together_with_its_worker_has_not_failed_its_job()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!));
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "--isolation", "work-horse");
        string id = (await WorkHorseTests.PidAsync(world, key))!;

        worker.Signal(PosixSignal.SIGTERM);
        await Eventually.BecomesAsync(() => worker.Output.Contains("warm shut down requested"), "the worker stops");
        await SendAsync("TERM", id);

        (await worker.ExitAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task WRK_9_a_warm_shutdown_waits_for_the_work_horse()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!));
        await using WorkerProcess worker = await WorkerProcess.StartAsync(world.Url, "--isolation", "work-horse");
        await WorkHorseTests.PidAsync(world, key);

        worker.Signal(PosixSignal.SIGTERM);
        await Eventually.BecomesAsync(() => worker.Output.Contains("warm shut down requested"), "the worker stops");
        await ProcessJobs.OpenGateAsync(world.Rq, key);

        (await worker.ExitAsync()).ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    private static async Task SendAsync(string signal, string id)
    {
        using System.Diagnostics.Process kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", id]);
        await kill.WaitForExitAsync();
    }
}
