namespace RQ.Tool.Tests.Schedulers;

/// <summary>Schedulers as processes: alone, beside a worker, in a pool.</summary>
public class SchedulerTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_scheduler_moves_the_due_jobs_of_all_queues_until_it_is_told_to_stop_SCH_3_SCH_11(string signal)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        using var directory = new TemporaryDirectory();
        string pid = Path.Combine(directory.Path, "pid");
        await using RqProcess scheduler = RqProcess.Start("scheduler", "-u", world.Url, "--pid", pid);
        string line = await scheduler.LineAsync("Scheduler for ");

        Job high = await world.Queue("high").EnqueueInAsync(s_soon, () => TestJobs.Nothing());
        Job low = await world.Queue("low").EnqueueInAsync(s_soon, () => TestJobs.Nothing());
        await QueuedAsync(high);
        await QueuedAsync(low);
        (await File.ReadAllTextAsync(pid)).ShouldBe($"{scheduler.Id}");
        File.ReadAllText($"/proc/{scheduler.Id}/comm").ShouldBe("rq scheduler\n");
        await scheduler.SignalAsync(signal);
        RqExit exit = await scheduler.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        line.ShouldMatch($@"^\d\d:\d\d:\d\d Scheduler for all queues started with PID {scheduler.Id}$");
        exit.Output.ShouldContain("has stopped");
        (await world.Database().KeyExistsAsync("rq:scheduler-lock:high")).ShouldBeFalse();
        File.Exists(pid).ShouldBeFalse();
    }

    [Fact]
    public async Task A_scheduler_of_some_queues_leaves_the_others_alone_SCH_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job other = await DueAsync(world, "other");
        Job odd = await DueAsync(world, "--odd");
        await using RqProcess scheduler = RqProcess.Start("scheduler", "-u", world.Url, "--no-cron", "-l", "debug", "high", "--", "--odd");

        await scheduler.LineAsync("Scheduler for --odd, high started");
        await QueuedAsync(odd);

        (await other.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await world.Database().KeyExistsAsync("rq:scheduler-lock:other")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_scheduler_waits_for_its_server_and_goes_on_after_it_was_away_S115()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        server.Kill();
        await using RqProcess scheduler = RqProcess.Start("scheduler", "-u", server.Url());
        await scheduler.LineAsync("nothing listens there");

        await server.StartAsync();
        await scheduler.LineAsync("Connected to Redis");
        for (int round = 0; round < 2; round++)
        {
            await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
            await QueuedAsync(await new Queue("default", rq).EnqueueInAsync(s_soon, () => TestJobs.Nothing()));
            server.Kill();
            await server.StartAsync();
        }

        await scheduler.SignalAsync("TERM");
        (await scheduler.ExitAsync()).Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("work-horse")]
    public async Task A_worker_with_a_scheduler_runs_what_is_due_later_and_its_work_horses_have_none_SCH_3_SCH_11(string isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-s", "--isolation", isolation, "high", "low");
        await worker.LineAsync($"Scheduler for high, low started with PID {worker.Id}");

        Job<int> job = await world.Queue("low").EnqueueInAsync(s_soon, () => TestJobs.Add(1, 2));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await worker.SignalAsync("TERM");
        RqExit exit = await worker.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.Output.Split("Scheduler for ").Length.ShouldBe(2, exit.Output);
    }

    [Fact]
    public async Task A_worker_without_one_leaves_them_to_others_SCH_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job due = await DueAsync(world, "default");

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b");

        exit.Output.ShouldNotContain("Scheduler");
        (await due.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
    }

    [Fact]
    public async Task A_burst_worker_with_a_scheduler_runs_what_is_due_and_ends_SCH_9()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job due = await DueAsync(world, "default");
        Job later = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing());

        RqExit exit = await RqProcess.RunAsync("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-b", "--with-scheduler");

        exit.Code.ShouldBe(0, exit.Errors);
        (await due.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
    }

    [Fact]
    public async Task A_pools_workers_have_schedulers_of_which_one_moves_the_jobs_SCH_3_CLI_8()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess pool = RqProcess.Start("worker-pool", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-n", "2", "--isolation", "none");
        await pool.LineAsync("Scheduler for default started");
        await pool.LineAsync("Scheduler for default started");

        Job<int> job = await world.Queue().EnqueueInAsync(s_soon, () => TestJobs.Add(1, 2));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(3);
        await pool.SignalAsync("TERM");
        RqExit exit = await pool.ExitAsync();

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines.Count(line => line.Contains("Job OK", StringComparison.Ordinal)).ShouldBe(1);
    }

    /// <summary>A scheduled job that has been due for long.</summary>
    private static async Task<Job> DueAsync(TestWorld world, string queue)
    {
        Job job = await world.Queue(queue).EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing());
        await world.Database().SortedSetAddAsync($"rq:scheduled:{queue}", job.Id, 1);
        return job;
    }

    private static Task QueuedAsync(Job job) =>
        Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "it is queued");
}
