using System.Text.RegularExpressions;

namespace RQ.Tool.Tests.Workers;

/// <summary>CLI_1: <c>rq worker</c> as a process.</summary>
public partial class WorkerTests
{
    private const string Jobs = "RQ.TestSupport.TestJobs";

    [Fact]
    public async Task Burst_runs_the_jobs_of_an_assembly_and_logs_as_RQ_does_LOG_2_LOG_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4), new JobOptions { Id = "add-1" });
        await world.Queue("low").EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "nothing-1", ResultTtl = TimeSpan.Zero });
        await world.Queue("low").EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "nothing-2", ResultTtl = Timeout.InfiniteTimeSpan });

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--burst", "-n", "w", "--results-ttl", "77", "default", "low");

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Errors.ShouldBeEmpty();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(7);
        exit.OutputLines.ShouldAllBe(line => Regex.IsMatch(line, @"^\d\d:\d\d:\d\d "));
        string[] messages = [.. exit.OutputLines.Select(line => Varying().Replace(line[9..], "#"))];
        messages.Where(line => line.Contains("started") || line.Contains("Listening") || line.Contains("done")).ShouldBe([
            "Worker w: started with PID #, version #",
            "*** Listening on default, low...",
            "Worker w: done, quitting",
        ]);
        // The next job may begin while the last one is still being written, so only the lines of one job have an order.
        messages.Where(line => line.Contains("add-1") || line.Contains("Add(3, 4)")).ShouldBe([
            $"default: {Jobs}.Add(3, 4) (add-1)",
            $"Successfully completed {Jobs}.Add(3, 4) job in #s on worker w",
            "default: Job OK (add-1)",
        ]);
        messages.Where(line => line.StartsWith("Result ", StringComparison.Ordinal)).ShouldBe([
            "Result is kept for 77 seconds",
            "Result discarded immediately",
            "Result will never expire, clean up result key manually",
        ]);
    }

    [Fact]
    public async Task A_job_that_fails_is_told_on_standard_error_with_its_stack_trace_LOG_4()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("bad thing"), new JobOptions { Id = "f-1" });

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b", "-n", "w");

        exit.Code.ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        exit.Output.ShouldNotContain("bad thing\n");
        exit.ErrorLines[0].ShouldMatch(@"^\d\d:\d\d:\d\d Worker w: job f-1: exception raised while executing");
        exit.ErrorLines[1].ShouldBe("System.InvalidOperationException: bad thing");
        exit.ErrorLines[2].ShouldStartWith("   at RQ.TestSupport.TestJobs.Fail(String message)");
    }

    [Fact]
    public async Task Quiet_tells_only_of_trouble()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--burst", "--quiet");

        exit.ShouldBe(new RqExit(0, "", ""));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_an_idle_worker_at_once_WRK_9(string signal)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "-n", "idle");
        await worker.LineAsync("*** Listening on default...");

        var watch = System.Diagnostics.Stopwatch.StartNew();
        await worker.SignalAsync(signal);
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        (await world.Database().SetLengthAsync("rq:workers")).ShouldBe(0);
    }

    [Fact]
    public async Task A_signal_lets_a_running_job_finish_and_a_second_one_gives_it_back_WRK_9_WRK_10()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate("never opened"), new JobOptions { Id = "blocks" });
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly);
        await worker.LineAsync("(blocks)");

        await worker.SignalAsync("TERM");
        await worker.LineAsync("warm shut down requested");
        await worker.SignalAgainAsync("TERM", "cold shut down");
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Queue().GetJobIdsAsync()).ShouldBe(["blocks"]);
    }

    [Fact]
    public async Task No_worker_starts_while_RQ_is_suspended_SUS_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Database().StringSetAsync("rq:suspended", 1);

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url);

        exit.ShouldBe(new RqExit(1, "RQ is currently suspended, to resume job execution run \"rq resume\"\n", ""));
        (await world.Database().KeyExistsAsync("rq:workers")).ShouldBeFalse();
    }

    [Fact]
    public async Task No_worker_starts_under_the_name_of_a_living_one_WRK_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess first = RqProcess.Start("worker", "-u", world.Url, "-n", "w");
        await first.LineAsync("Listening");

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url, "-n", "w");

        exit.Code.ShouldBe(1);
        exit.Output.ShouldBeEmpty();
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain("There exists an active worker named 'w' already");
    }

    [Fact]
    public async Task An_assembly_that_cannot_be_loaded_is_told_in_one_line()
    {
        using var directory = new TemporaryDirectory();
        foreach ((string file, string told) in new[]
        {
            (Path.Combine(directory.Path, "Missing.dll"), "does not exist"),
            (directory.File("Text.dll", "no assembly"), "is not a .NET assembly"),
            (directory.File("Empty.dll", ""), "is not a .NET assembly"),
            (directory.Path, "does not exist"),
        })
        {
            RqExit exit = await RqProcess.RunAsync("worker", "--assembly", file);

            exit.Code.ShouldBe(1, file);
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
        }
    }

    [Fact]
    public async Task Several_jobs_run_at_once()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate("one"), new JobOptions { Id = "one" });
        await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate("two"), new JobOptions { Id = "two" });

        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--concurrency", "2");

        await worker.LineAsync("(one)");
        await worker.LineAsync("(two)");
    }

    [GeneratedRegex(@"(?<=PID )\d+|(?<=version )[\w.-]+|(?<=job in )\d+:\d\d:\d\d(\.\d{6})?(?=s on)")]
    private static partial Regex Varying();
}
