using Microsoft.Extensions.Logging;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.WorkHorses;

/// <summary>Jobs in processes of their own that end as they should.</summary>
public class WorkHorseTests
{
    [Fact]
    public async Task WRK_5_a_work_horse_runs_one_job_after_the_other_in_a_process_of_its_own()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<int> first = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());
        Job<int> second = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());
        Job failing = await world.Queue().EnqueueAsync(() => TestJobs.Fail("an ordinary failure"));
        Job<int> third = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());

        (await world.RunHorseBurstAsync()).ShouldBe(4);

        int id = await first.WaitForResultAsync(Eventually.Limit);
        id.ShouldNotBe(Environment.ProcessId);
        (await second.WaitForResultAsync(Eventually.Limit)).ShouldBe(id);
        (await third.WaitForResultAsync(Eventually.Limit)).ShouldBe(id);
        (await failing.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldStartWith("System.InvalidOperationException: an ordinary failure");
        File.Exists($"/proc/{id}/status").ShouldBeFalse("the work horse has left with its worker");
    }

    [Fact]
    public async Task WCL_3_each_job_has_a_process_of_its_own_when_it_is_asked_for()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        List<Job<int>> jobs = [];
        for (int i = 0; i < 3; i++)
            jobs.Add(await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId()));

        await world.RunHorseBurstAsync(Isolation.WorkHorsePerJob);

        int[] ids = await Task.WhenAll(jobs.Select(job => job.WaitForResultAsync(Eventually.Limit)));
        ids.Distinct().Count().ShouldBe(3);
        ids.ShouldNotContain(Environment.ProcessId);
    }

    [Fact]
    public async Task A_function_says_where_it_runs_whatever_the_worker_prefers()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<int> alone = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessIdAlone());
        Job<int> alone2 = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessIdAlone());
        Job<int> apart = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessIdApart());
        Job<int> free = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());

        await world.RunHorseBurstAsync(configure: options => options.Isolation = Isolation.None);

        (await free.WaitForResultAsync(Eventually.Limit)).ShouldBe(Environment.ProcessId);
        int[] ids = [await alone.WaitForResultAsync(Eventually.Limit), await alone2.WaitForResultAsync(Eventually.Limit), await apart.WaitForResultAsync(Eventually.Limit), Environment.ProcessId];
        ids.Distinct().Count().ShouldBe(4);

        Job<int> atHome = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessIdAtHome());
        await world.RunHorseBurstAsync();
        (await atHome.WaitForResultAsync(Eventually.Limit)).ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public async Task A_job_finds_its_worker_and_itself_in_the_environment()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => HorseJobs.Variables());
        RunningWorker worker = world.StartHorseWorker();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe($"{worker.Name} {job.Id}");
    }

    [Fact]
    public async Task Progress_log_and_metadata_come_back()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.SayAndSaveAsync(null!));

        await world.RunHorseBurstAsync();

        Job after = await Job.FetchAsync(job.Id, world.Rq);
        after.Status.ShouldBe(JobStatus.Finished);
        after.Progress!.Fraction.ShouldBe(1);
        after.Progress.Text.ShouldBe("all");
        (await after.GetLogAsync()).Select(line => line.Text).ShouldBe(["a line"]);
        after.Meta["color"].ShouldBe("blue");
    }

    [Fact]
    public async Task What_a_job_writes_is_passed_on_line_by_line_with_its_id()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.Write("good morning"));

        await world.RunHorseBurstAsync();

        string[] Lines(LogLevel level) => [.. world.LogCollector.GetSnapshot().Where(line => line.Level == level).Select(line => line.Message)];
        await Eventually.BecomesAsync(() => Lines(LogLevel.Information).Contains($"[{job.Id}] native: good morning"), "what went past the console is there");
        Lines(LogLevel.Information).ShouldContain($"[{job.Id}] good morning");
        Lines(LogLevel.Warning).ShouldContain($"[{job.Id}] to errors: good morning");
    }

    [Fact]
    public async Task Eight_jobs_run_at_once_each_in_its_own_work_horse()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string[] keys = [.. Enumerable.Range(0, 4).Select(_ => Guid.NewGuid().ToString("N"))];
        foreach (string key in keys)
            await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!));
        world.StartHorseWorker(configure: options => options.Concurrency = 4);

        string?[] ids = await Task.WhenAll(keys.Select(key => PidAsync(world, key)));

        ids.Distinct().Count().ShouldBe(4);
        foreach (string key in keys)
            await ProcessJobs.OpenGateAsync(world.Rq, key);
        await Eventually.BecomesAsync(async () => await world.Queue().Finished.CountAsync() == 4, "all have finished");
    }

    [Theory]
    [InlineData("jobs")]
    [InlineData("age")]
    [InlineData("memory")]
    public async Task A_worn_work_horse_is_replaced(string by)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        RunningWorker worker = world.StartHorseWorker(configure: options =>
        {
            options.WorkHorses.MaxJobs = by == "jobs" ? 2 : null;
            options.WorkHorses.MaxAge = by == "age" ? TimeSpan.FromMilliseconds(100) : null;
            options.WorkHorses.MaxMemory = by == "memory" ? 1024 * 1024 : null;
        });
        var ids = new List<int>();
        for (int i = 0; i < 3; i++)
            ids.Add(await (await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId())).WaitForResultAsync(Eventually.Limit));

        ids[2].ShouldNotBe(ids[0]);
        if (by == "jobs")
            ids[1].ShouldBe(ids[0]);
        await worker.StopAsync();
        foreach (int id in ids)
            await Eventually.BecomesAsync(() => !File.Exists($"/proc/{id}/status"), "the work horses have left");
    }

    [Fact]
    public async Task S113_a_program_that_cannot_be_a_work_horse_does_not_become_a_worker()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        RqException crashed = await Should.ThrowAsync<RqException>(() => world.RunHorseBurstAsync(configure: options =>
            options.WorkHorses.Command = new RQ.WorkHorses.HorseCommand("dotnet", [WorkerProcess.Tool], ["worker", "--assembly", "/nowhere/Shop.dll"])));
        crashed.Message.ShouldContain("ended with exit code 1 before it was ready");
        crashed.Message.ShouldContain("The assembly '/nowhere/Shop.dll' does not exist");

        RqException silent = await Should.ThrowAsync<RqException>(() => world.RunHorseBurstAsync(configure: options =>
        {
            options.WorkHorses.StartTimeout = TimeSpan.FromSeconds(1);
            options.WorkHorses.Command = new RQ.WorkHorses.HorseCommand("sleep", ["300"], []);
        }));
        silent.Message.ShouldContain("was not ready within 1 s");
        silent.Message.ShouldContain("Worker.RunAsync");

        (await world.Rq.Database.SetLengthAsync(world.Rq.Keys.Workers)).ShouldBe(0);
        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Leases)).ShouldBe(0);
    }

    internal static Task<string> PidAsync(TestWorld world, string key) => Eventually.GivesAsync(
        async () => (string?)await world.Rq.Database.StringGetAsync($"pid:{key}"), "the job runs");
}
