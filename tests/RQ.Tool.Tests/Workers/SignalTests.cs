using System.Diagnostics;

namespace RQ.Tool.Tests.Workers;

/// <summary>Signals to <c>rq worker</c>, alone and as the first process of a container.</summary>
public class SignalTests
{
    [Fact]
    public async Task Two_signals_50_ms_apart_are_one_S112()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await EnqueueAsync(world, "k");
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--isolation", "none");
        await RunsAsync(world, "k");

        using (Process both = Process.Start("sh", ["-c", $"kill -TERM {worker.Id}; sleep 0.05; kill -INT {worker.Id}"]))
            await both.WaitForExitAsync();
        await worker.LineAsync("warm shut down requested");
        await ProcessJobs.OpenGateAsync(world.Rq, "k");
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldNotContain("cold shut down");
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("k");
    }

    [Fact]
    public async Task A_second_signal_later_ends_it_and_gives_the_job_back_S112()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await EnqueueAsync(world, "k");
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--isolation", "none", "--shutdown-grace", "-1");
        await RunsAsync(world, "k");

        await worker.SignalAsync("INT");
        await worker.LineAsync("warm shut down requested");
        await worker.SignalAgainAsync("INT", "cold shut down");

        (await worker.ExitAsync()).Code.ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("work-horse")]
    [InlineData("work-horse-per-job")]
    public async Task As_process_1_an_idle_worker_ends_on_the_first_signal_S110(string isolation)
    {
        RequireNamespaces();
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess container = StartContained("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--isolation", isolation);
        await container.LineAsync("PID 1,");
        await container.LineAsync("Listening");

        await RqProcess.SignalAsync("TERM", LinuxProcesses.Children(container.Id).ShouldHaveSingleItem());
        RqExit exit = await container.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldContain("warm shut down requested");
        (await world.Database().SetLengthAsync("rq:workers")).ShouldBe(0);
    }

    [Fact]
    public async Task As_process_1_a_busy_worker_finishes_what_runs_and_takes_no_more_S110()
    {
        RequireNamespaces();
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string>[] jobs = [await EnqueueAsync(world, "a"), await EnqueueAsync(world, "b")];
        await using RqProcess container = StartContained("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--isolation", "none", "--concurrency", "2");
        await RunsAsync(world, "a");
        await RunsAsync(world, "b");

        await RqProcess.SignalAsync("TERM", LinuxProcesses.Children(container.Id).ShouldHaveSingleItem());
        await container.LineAsync("warm shut down requested");
        Job<int> late = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await ProcessJobs.OpenGateAsync(world.Rq, "a");
        await ProcessJobs.OpenGateAsync(world.Rq, "b");
        RqExit exit = await container.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        foreach (Job<string> job in jobs)
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await late.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Database().SetLengthAsync("rq:workers")).ShouldBe(0);
    }

    private static RqProcess StartContained(params string[] arguments) => RqProcess.StartBy(["unshare", "-fp", "--mount-proc", "--kill-child"], [], arguments);

    private static void RequireNamespaces()
    {
        try
        {
            using Process trial = Process.Start(new ProcessStartInfo("unshare", ["-fp", "--mount-proc", "true"]) { RedirectStandardError = true })!;
            trial.WaitForExit();
            if (trial.ExitCode == 0)
                return;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not Linux.
        }

        throw Python.Missing("unshare, and the right to make PID namespaces");
    }

    private static Task<Job<string>> EnqueueAsync(TestWorld world, string key) =>
        world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(key, null!));

    private static Task RunsAsync(TestWorld world, string key) =>
        Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) > 0, $"job {key} runs");
}
