using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RQ.Tool.Tests.WorkerPools;

/// <summary>CLI_8: <c>rq worker-pool</c> as processes, looked at as Linux shows them.</summary>
public class WorkerPoolTests
{
    [Fact]
    public async Task It_runs_so_many_workers_and_one_signal_ends_all_POOL_1_POOL_3_POOL_5_WRK_17()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess pool = Start(world, "-n", "2", "--name", "w", "high", "low");
        int[] workers = await WorkersAsync(world, pool, 2);
        Job<int>[] jobs = [.. (await Task.WhenAll(Enumerable.Range(0, 20).Select(i => world.Queue("low").EnqueueAsync(() => TestJobs.Add(i, 1)))))];
        foreach (Job<int> job in jobs)
            await job.WaitForResultAsync(Eventually.Limit);

        (await world.Database().SetMembersAsync("rq:workers")).ShouldBe(["rq:worker:w-1", "rq:worker:w-2"], ignoreOrder: true);
        ((string?)await world.Database().HashGetAsync("rq:worker:w-1", "queues")).ShouldBe("high,low");
        IServer server = world.Rq.Multiplexer.GetServers()[0];
        File.ReadAllText($"/proc/{pool.Id}/comm").ShouldBe("rq pool\n");
        server.Keys(world.Database().Database).ShouldNotContain(key => key.ToString().Contains("pool", StringComparison.Ordinal));
        await pool.SignalAsync("TERM");
        RqExit exit = await pool.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        workers.ShouldAllBe(worker => !LinuxProcesses.IsAlive(worker));
        (await world.Database().SetLengthAsync("rq:workers")).ShouldBe(0);
        exit.Errors.ShouldBeEmpty();
        // Whole lines, of all workers.
        exit.OutputLines.ShouldAllBe(line => Regex.IsMatch(line, @"^\d\d:\d\d:\d\d [A-Z*]") || line.Contains(" low: ", StringComparison.Ordinal));
        exit.OutputLines.Count(line => line.Contains("low: Job OK", StringComparison.Ordinal)).ShouldBe(20);
        exit.OutputLines.Count(line => line.Contains("warm shut down requested", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task A_burst_ends_with_its_workers_POOL_4()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        for (int i = 0; i < 10; i++)
            await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        RqExit exit = await RqProcess.RunAsync("worker-pool", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b", "-n", "2");

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines.Count(line => line.Contains("default: Job OK", StringComparison.Ordinal)).ShouldBe(10);
        exit.OutputLines.Count(line => line.Contains("started with PID", StringComparison.Ordinal)).ShouldBe(2);
        exit.Output.ShouldNotContain("replacing");
    }

    [Fact]
    public async Task A_worker_that_is_killed_is_replaced_and_its_job_recovered_POOL_2()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!));
        await using RqProcess pool = Start(world, "--isolation", "none");
        int[] first = await WorkersAsync(world, pool, 1);
        await RunsAsync(world, "k", 1);

        await RqProcess.SignalAsync("KILL", first[0]);
        await pool.LineAsync("died: signal 9");
        await RunsAsync(world, "k", 2);
        await ProcessJobs.OpenGateAsync(world.Rq, "k");

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe("k");
        LinuxProcesses.Children(pool.Id).ShouldHaveSingleItem().ShouldNotBe(first[0]);
        await pool.SignalAsync("INT");
        (await pool.ExitAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task A_worker_with_a_name_is_replaced_under_it_POOL_2()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess pool = Start(world, "--name", "w");
        int[] first = await WorkersAsync(world, pool, 1);

        await RqProcess.SignalAsync("KILL", first[0]);
        await pool.LineAsync("died: signal 9");
        await pool.LineAsync("Listening");

        ((int)await world.Database().HashGetAsync("rq:worker:w-1", "pid")).ShouldBe(LinuxProcesses.Children(pool.Id).ShouldHaveSingleItem());
        await pool.SignalAsync("TERM");
        RqExit exit = await pool.ExitAsync();
        exit.Code.ShouldBe(0);
        exit.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_the_pool_is_killed_its_workers_finish_and_go_POOL_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> running = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!));
        await using RqProcess pool = Start(world, "-n", "2", "--isolation", "none", "--shutdown-grace", "-1");
        await WorkersAsync(world, pool, 2);
        await RunsAsync(world, "k", 1);
        int[] processes = LinuxProcesses.Descendants(pool.Id);

        await pool.SignalAsync("KILL");
        await Eventually.BecomesAsync(async () => await world.Database().SetLengthAsync("rq:workers") == 1, "the idle worker has left");
        Job<int> late = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        await ProcessJobs.OpenGateAsync(world.Rq, "k");

        await Eventually.BecomesAsync(() => !Array.Exists(processes, LinuxProcesses.IsAlive), "no process is left");
        (await running.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await late.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        (await world.Database().SetLengthAsync("rq:workers")).ShouldBe(0);
    }

    [Fact]
    public async Task A_second_signal_gives_the_jobs_back_POOL_3_S112()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!));
        await using RqProcess pool = Start(world, "--isolation", "none", "--shutdown-grace", "-1");
        await RunsAsync(world, "k", 1);

        await pool.SignalAsync("INT");
        await pool.LineAsync("warm shut down requested");
        await pool.SignalAgainAsync("INT", "cold shut down");
        RqExit exit = await pool.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Fact]
    public async Task A_signal_to_the_whole_group_counts_once_POOL_3_S112()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!));
        await using RqProcess pool = Start(world, "--isolation", "none", "--shutdown-grace", "-1");
        await RunsAsync(world, "k", 1);

        foreach (int worker in LinuxProcesses.Children(pool.Id))
            await RqProcess.SignalAsync("INT", worker);
        await RqProcess.SignalAsync("TERM", LinuxProcesses.Children(pool.Id)[0]);
        await pool.SignalAsync("TERM");
        await pool.LineAsync($"Worker pool [PID {pool.Id}]: warm shut down requested");
        await ProcessJobs.OpenGateAsync(world.Rq, "k");
        RqExit exit = await pool.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.ShouldNotContain("cold shut down");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Fact]
    public async Task A_full_disk_below_its_output_stops_neither_the_pool_nor_a_worker()
    {
        if (!File.Exists("/dev/full"))
            throw Python.Missing("/dev/full");
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess pool = RqProcess.StartBy(
            ["sh", "-c", "exec \"$@\" > /dev/full 2> /dev/full", "sh"], [], "worker-pool", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--isolation", "none");
        int[] first = await WorkersAsync(world, pool, 1);
        // More than a pipe holds.
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.Write(new string('x', 100_000)));
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "the job has finished");

        await RqProcess.SignalAsync("KILL", first[0]);
        await Eventually.BecomesAsync(() => LinuxProcesses.Children(pool.Id) is [int second] && second != first[0], "the worker is replaced");
        await pool.SignalAsync("TERM");

        (await pool.ExitAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task What_a_job_starts_does_not_read_the_pools_wishes()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess pool = Start(world, "--isolation", "none");
        Job<int> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountInputAsync());

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(0);

        await pool.SignalAsync("TERM");
        (await pool.ExitAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task What_cannot_be_is_told_once_and_no_worker_starts()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        foreach ((string[] options, int code, string told) in new (string[], int, string)[]
        {
            (["-n", "0"], 2, "--num-workers"),
            (["--assembly", "Missing.dll"], 1, "does not exist"),
            (["-ds", "bogus"], 1, "round_robin"),
            (["-l", "LOUD"], 2, "--logging-level"),
            (["--exception-handler", "A.B"], 2, "--exception-handler"),
            (["-u", "embedded:"], 2, "embedded:path=DIR"),
            (["a:intermediate"], 2, "does not end in ':intermediate'"),
        })
        {
            string[] server = options.Contains("-u") ? [] : ["-u", world.Url];
            RqExit exit = await RqProcess.RunAsync(["worker-pool", .. server, .. options]);

            exit.Code.ShouldBe(code, exit.Errors);
            exit.Output.ShouldBeEmpty();
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
        }
    }

    [Fact]
    public async Task No_pool_starts_while_RQ_is_suspended_but_its_workers_wait_SUS_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await Worker.SuspendAllAsync(world.Rq);
        (await RqProcess.RunAsync("worker-pool", "-u", world.Url)).ShouldBe(
            new RqExit(1, "RQ is currently suspended, to resume job execution run \"rq resume\"\n", ""));
        await Worker.ResumeAllAsync(world.Rq);

        await using RqProcess pool = Start(world);
        int[] first = await WorkersAsync(world, pool, 1);
        await Worker.SuspendAllAsync(world.Rq);
        await RqProcess.SignalAsync("KILL", first[0]);
        await pool.LineAsync("died: signal 9");
        await pool.LineAsync("suspended, waiting for resume");
    }

    private static RqProcess Start(TestWorld world, params string[] options) =>
        RqProcess.Start(["worker-pool", "-u", world.Url, "--assembly", RqProcess.JobAssembly, .. options]);

    /// <summary>Its worker processes, once they have registered.</summary>
    private static async Task<int[]> WorkersAsync(TestWorld world, RqProcess pool, int count)
    {
        await Eventually.BecomesAsync(async () => await world.Database().SetLengthAsync("rq:workers") == count, $"{count} workers are there");
        int[] workers = LinuxProcesses.Children(pool.Id);
        workers.Length.ShouldBe(count);
        return workers;
    }

    private static Task RunsAsync(TestWorld world, string key, int count) =>
        Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == count, $"job {key} has begun for the {count}. time");
}
