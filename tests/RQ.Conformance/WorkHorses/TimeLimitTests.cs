using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.WorkHorses;

/// <summary>A time-out is a fact, and so is a stop.</summary>
public class TimeLimitTests
{
    [Theory]
    [InlineData(Isolation.WorkHorse)]
    [InlineData(Isolation.WorkHorsePerJob)]
    public async Task S038_WCL_7_a_job_that_swallows_its_timeout_is_killed(Isolation isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        // Long enough for a job on a busy machine to say which process it is in.
        Job swallows = await world.Queue().EnqueueAsync(() => HorseJobs.SwallowEverything(key, null!), new JobOptions { Timeout = TimeSpan.FromSeconds(4) });
        Job spins = await world.Queue().EnqueueAsync(() => HorseJobs.Spin(key + "s", null!), new JobOptions { Timeout = TimeSpan.FromSeconds(4) });
        Job next = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        await world.RunHorseBurstAsync(isolation);

        foreach ((Job job, string name) in new[] { (swallows, key), (spins, key + "s") })
        {
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
            (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldContain("Task exceeded maximum timeout value (4 seconds)");
            File.Exists($"/proc/{await WorkHorseTests.PidAsync(world, name)}/status").ShouldBeFalse("it is gone");
        }

        (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Fact]
    public async Task S038_in_process_a_job_that_swallows_its_timeout_is_failed_and_its_thread_reported_until_it_is_free()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string gate = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.BlockAtGate(gate), new JobOptions { Timeout = TimeSpan.FromSeconds(1) });
        world.StartWorker(configure: options => options.TimeoutGrace = TimeSpan.FromMilliseconds(100));

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Failed, "the job has failed");
        world.LogCollector.GetSnapshot().ShouldContain(line => line.Message.Contains(job.Id) && line.Message.Contains("goes on in the background"));
        TestJobs.Gate(gate).Open();
        await Eventually.BecomesAsync(
            () => world.LogCollector.GetSnapshot().Any(line => line.Message.Contains(job.Id) && line.Message.Contains("has ended now")), "its end is told");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S041_everything_that_a_killed_job_has_started_is_killed(bool byStop)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(
            () => HorseJobs.SpawnTree(key, null!), new JobOptions { Timeout = byStop ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(8) });
        world.StartHorseWorker();
        await WorkHorseTests.PidAsync(world, key);
        RedisValue[] children = await world.Rq.Database.ListRangeAsync($"children:{key}");
        children.Length.ShouldBe(3);
        if (byStop)
        {
            children.ShouldAllBe(id => File.Exists($"/proc/{id}/status"));
            await job.StopAsync();
        }

        await Eventually.BecomesAsync(
            async () => await job.GetStatusAsync() == (byStop ? JobStatus.Stopped : JobStatus.Failed), "the job has ended");
        foreach (RedisValue id in children)
            await Eventually.BecomesAsync(() => IsGone(id!), $"process {id} is gone");
    }

    [Fact]
    public async Task S041_a_work_horse_stays_in_the_session_it_was_born_into()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<int> job = await world.Queue().EnqueueAsync(() => HorseJobs.SessionId());
        await world.RunHorseBurstAsync();
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(HorseJobs.SessionId());
    }

    [Theory]
    [InlineData(Isolation.None)]
    [InlineData(Isolation.WorkHorse)]
    [InlineData(Isolation.WorkHorsePerJob)]
    public async Task S040_minus_one_is_no_limit(Isolation isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!), new JobOptions { Timeout = Timeout.InfiniteTimeSpan });
        ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(job.Id), "timeout")).ShouldBe("-1");
        world.StartHorseWorker(isolation);
        await WorkHorseTests.PidAsync(world, key);
        await ProcessJobs.OpenGateAsync(world.Rq, key);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, "the job has finished");
        await Should.ThrowAsync<ArgumentException>(
            () => world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Timeout = TimeSpan.FromSeconds(-5) }));
    }

    [Theory]
    [InlineData(Isolation.WorkHorse)]
    [InlineData(Isolation.WorkHorsePerJob)]
    public async Task A_stopped_job_ends_as_stopped_and_its_callback_is_called(Isolation isolation)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        var options = new JobOptions { OnStopped = Callback.To(HorseJobs.Told), Retry = new Retry(3) };
        Job heeds = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync(key, null!), options);
        Job ignores = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key + "i", null!), options);
        world.StartHorseWorker(isolation, options => options.Concurrency = 2);
        await WorkHorseTests.PidAsync(world, key + "i");
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1, "both run");

        await heeds.StopAsync();
        await ignores.StopAsync();

        foreach (Job job in new[] { heeds, ignores })
        {
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Stopped, "it is stopped");
            (await job.GetLatestResultAsync())!.ExceptionText.ShouldBe("Job stopped by user, work-horse terminated.");
            (await world.Rq.Database.ListRangeAsync($"told:{job.Id}")).ToStringArray().ShouldHaveSingleItem()!.ShouldEndWith("no exception");
        }
    }

    [Fact]
    public async Task The_callback_of_a_stopped_job_that_returned_is_called_once_also_when_it_crashes()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(
            () => HorseJobs.ReturnWhenStopped(key, null!), new JobOptions { OnStopped = Callback.To(HorseJobs.ToldThenCrashes) });
        world.StartHorseWorker();
        await WorkHorseTests.PidAsync(world, key);

        await job.StopAsync();

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Stopped, "it is stopped");
        (await world.Rq.Database.ListLengthAsync($"told:{job.Id}")).ShouldBe(1);
    }

    [Fact]
    public async Task A_job_that_ignores_its_stop_shortly_before_its_time_is_over_is_killed_too()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        // Its time is over before the grace period is.
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.BlockAtGate(key, null!), new JobOptions { Timeout = TimeSpan.FromSeconds(5), Retry = new Retry(1) });
        world.StartHorseWorker(configure: options => options.TimeoutGrace = TimeSpan.FromSeconds(7));
        string pid = (await WorkHorseTests.PidAsync(world, key))!;

        await job.StopAsync();

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Stopped, "it is stopped");
        await Eventually.BecomesAsync(() => IsGone(pid), "its work horse is gone");
        Job<int> next = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());
        (await next.WaitForResultAsync(Eventually.Limit)).ToString().ShouldNotBe(pid);
    }

    [Fact]
    public async Task A_stopped_job_is_not_run_again_when_its_callback_crashes()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job job = await world.Queue().EnqueueAsync(
            () => ProcessJobs.CountAndWaitAsync(key, null!), new JobOptions { OnStopped = Callback.To(HorseJobs.CallbackThatCrashes), Retry = new Retry(3) });
        world.StartHorseWorker();
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, key) == 1, "it runs");

        await job.StopAsync();

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Stopped, "it is stopped");
        await (await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId())).WaitForResultAsync(Eventually.Limit);
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(1);
    }

    // A process that has ended and that nobody has waited for yet is as good as gone.
    internal static bool IsGone(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/stat").Split(") ")[1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }
}
