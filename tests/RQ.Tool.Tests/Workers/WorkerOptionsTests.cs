using StackExchange.Redis;

namespace RQ.Tool.Tests.Workers;

/// <summary>CLI_1: options whose effect shows from outside.</summary>
public class WorkerOptionsTests
{
    [Fact]
    public async Task Its_id_stands_in_a_file_as_long_as_it_runs()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using var home = new TemporaryDirectory();
        string file = Path.Combine(home.Path, "worker.pid");
        await using RqProcess worker = RqProcess.Start([("HOME", home.Path)], "worker", "-u", world.Url, "--pid", "~/worker.pid");
        await worker.LineAsync("Listening");

        File.ReadAllText(file).ShouldBe(worker.Id.ToString());
        await worker.SignalAsync("TERM");
        (await worker.ExitAsync()).Code.ShouldBe(0);
        File.Exists(file).ShouldBeFalse();
    }

    [Fact]
    public async Task Formats_level_and_descriptions_are_as_asked_LOG_2_LOG_5()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(3, 4), new JobOptions { Id = "a" });
        string[] worker = ["worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b", "-n", "w", "--isolation", "none"];

        RqExit exit = await RqProcess.RunAsync(
            [.. worker, "--log-format", "%(asctime)s|%(levelname)s|%(name)s|%(message)s", "--date-format", "%Y", "--disable-job-desc-logging"]);

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines.ShouldAllBe(line => System.Text.RegularExpressions.Regex.IsMatch(line, @"^20\d\d\|INFO\|rq\.worker\|"));
        exit.OutputLines.ShouldContain(line => line.EndsWith("|default: a", StringComparison.Ordinal));
        (await RqProcess.RunAsync([.. worker, "--logging_level", "WARNING"])).ShouldBe(new RqExit(0, "", ""));
        (await RqProcess.RunAsync([.. worker, "--logging-level", "DEBUG"])).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Exception_handlers_of_a_job_assembly_are_told_in_order_WRK_18()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Queue().EnqueueAsync(() => TestJobs.Fail("bad"), new JobOptions { Id = "f" });

        RqExit exit = await RqProcess.RunAsync(
            "worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b", "--exception-handler", "RQ.TestSupport.OneHandler", "--exception-handler",
            "RQ.TestSupport.NotingHandlers.NoteByInstance", "--exception-handler", "RQ.TestSupport.NotingHandlers.Note", "-d");

        exit.Code.ShouldBe(0, exit.Errors);
        // The second one ends the line.
        (await world.Database().ListRangeAsync("noted")).ShouldBe(["one: f", "instance: f"]);
        // -d: failed, but not in the failed registry.
        (await (await Job.FetchAsync("f", world.Rq)).GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await world.Database().KeyExistsAsync("rq:failed:default")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_type_of_a_job_assembly_sets_the_worker_up_WCL_6()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync<GreetingJob, string>(greeting => greeting.Run("Ada"));

        RqExit exit = await RqProcess.RunAsync(
            "worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b", "-w", "RQ.TestSupport.GreetingStartup");

        exit.Code.ShouldBe(0, exit.Errors);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("Good day, Ada");
    }

    [Theory]
    [InlineData("work-horse", 1)]
    [InlineData("work-horse-per-job", 10)]
    public async Task Work_horses_are_set_up_like_their_worker_S136_WCL_6(string isolation, int processes)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Serializer = new PlainTextSerializer() });
        Job<string>[] jobs = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => new Queue("default", rq).EnqueueAsync(() => TestJobs.Greet($"job {i}", "Hello", ","))));
        await server.RequirePasswordAsync("sesame");

        await using RqProcess worker = RqProcess.Start(
            [("RQ_REDIS_URL", $"redis://:sesame@127.0.0.1:{server.Port}/0")],
            "worker", "-b", "--assembly", RqProcess.JobAssembly, "-w", "RQ.TestSupport.PlainTextStartup", "--isolation", isolation, "--log-format", "%(levelname)s %(message)s");
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines.ShouldAllBe(line => line.StartsWith("INFO ", StringComparison.Ordinal));
        string[] results = await Task.WhenAll(jobs.Select(job => job.WaitForResultAsync(Eventually.Limit)));
        results.ShouldAllBe(result => result!.StartsWith("Hello, job", StringComparison.Ordinal));
        string[] ids = [.. results.Select(result => result![(result.LastIndexOf(' ') + 1)..]).Distinct()];
        ids.Length.ShouldBe(processes);
        ids.ShouldNotContain(worker.Id.ToString());
    }

    [Theory]
    [InlineData("random_robin")]
    [InlineData("Default")]
    public async Task A_strategy_that_is_none_ends_it_with_exit_code_1_DEQ_4_WRK_23(string strategy)
    {
        RqExit exit = await RqProcess.RunAsync("worker", "-ds", strategy);

        exit.Code.ShouldBe(1);
        exit.Output.ShouldBeEmpty();
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain("default, round_robin, random or weighted");
    }

    [Fact]
    public async Task Errors_are_red_on_a_terminal_DEQ_4()
    {
        if (!File.Exists("/usr/bin/script"))
            throw Python.Missing("/usr/bin/script");

        using var terminal = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "/usr/bin/script", ["-qec", $"dotnet exec {Path.Combine(AppContext.BaseDirectory, "RQ.Tool.dll")} worker -ds bogus", "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            Environment = { ["TERM"] = "xterm", ["NO_COLOR"] = "" },
        })!;

        string shown = await terminal.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Limit);
        shown.ShouldContain("\e[31mrq: --dequeue-strategy 'bogus'");
    }

    [Fact]
    public async Task Whatever_fails_at_the_start_ends_the_process_and_leaves_no_record_S113()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await world.Database().StringSetAsync("rq:worker:broken", "no hash");
        foreach ((string[] options, string told) in new (string[], string)[]
        {
            (["-w", "RQ.TestSupport.FailingStartup"], "no such shop"),
            (["-w", "RQ.TestSupport.WrongStartup"], "Concurrency"),
            (["--pid", "/no/such/directory/pid"], "--pid"),
            (["--exception-handler", "RQ.TestSupport.Missing"], "--exception-handler"),
            (["-n", "broken"], "Redis refused"),
        })
        {
            RqExit exit = await RqProcess.RunAsync(["worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, .. options]);

            exit.Code.ShouldBeGreaterThan(0, told);
            exit.Errors.ShouldContain(told);
            (await world.Database().KeyExistsAsync("rq:workers")).ShouldBeFalse();
        }

        IServer server = world.Rq.Multiplexer.GetServers()[0];
        server.Keys(world.Database().Database, "rq:worker:*").ShouldBe(["rq:worker:broken"]);
    }

    [Fact]
    public async Task It_is_called_rq_worker_in_the_list_of_processes_WRK_17()
    {
        if (!OperatingSystem.IsLinux())
            throw Python.Missing("Linux");
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url);
        await worker.LineAsync("Listening");

        File.ReadAllText($"/proc/{worker.Id}/comm").ShouldBe("rq worker\n");
    }
}
