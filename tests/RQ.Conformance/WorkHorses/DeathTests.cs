using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.WorkHorses;

/// <summary>Jobs that take their process with them.</summary>
public class DeathTests
{
    [Theory]
    [InlineData(0, "waitpid returned 0; it exited with code 0 before the job had ended")]
    [InlineData(1, "waitpid returned 256; it exited with code 1")]
    [InlineData(137, "waitpid returned 35072; it exited with code 137")]
    public async Task S106_a_job_that_exits_has_failed_with_the_code_as_reason(int code, string reason)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await DiesAsync(world, await world.Queue().EnqueueAsync(() => HorseJobs.Exit(code)), reason);
    }

    [Theory]
    [InlineData("KILL", "waitpid returned 9 (signal 9); it was ended by SIGKILL")]
    [InlineData("SEGV", "waitpid returned 11 (signal 11); it was ended by SIGSEGV")]
    [InlineData("ILL", "waitpid returned 4 (signal 4); it was ended by SIGILL")]
    public async Task S107_a_job_that_is_killed_has_failed_with_the_signal_as_reason(string signal, string reason)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await DiesAsync(world, await world.Queue().EnqueueAsync(() => HorseJobs.Signal(signal)), reason);
    }

    [Fact]
    public async Task S107_a_crash_leaves_what_the_runtime_said_of_it()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string text = await DiesAsync(world, await world.Queue().EnqueueAsync(() => HorseJobs.FailFast()), "ended by SIGABRT");
        text.ShouldContain("had enough");
        text = await DiesAsync(world, await world.Queue().EnqueueAsync(() => HorseJobs.OverflowStack(0)), "ended by SIGABRT");
        text.ShouldContain("OverflowStack");
        text = await DiesAsync(world, await world.Queue().EnqueueAsync(() => HorseJobs.ThrowOnThread()), "ended by SIGABRT");
        text.ShouldContain("nobody catches this");
    }

    [Fact]
    public async Task A_job_whose_work_horse_died_is_retried_while_it_has_retries_left()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        Job crashesOnce = await world.Queue().EnqueueAsync(() => HorseJobs.CrashOnceAsync(key, null!), new JobOptions { Retry = new Retry(1) });

        await world.RunHorseBurstAsync();

        await crashesOnce.RefreshAsync();
        crashesOnce.Status.ShouldBe(JobStatus.Finished);
        crashesOnce.RetriesLeft.ShouldBe(0);
        (await ProcessJobs.RunsAsync(world.Rq, key)).ShouldBe(2);
    }

    [Fact]
    public async Task EXC_7_the_handler_of_killed_work_horses_is_told_before_the_failure_is_stored()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var told = new List<(WorkHorseKilled Killed, JobStatus Status)>();
        Job killed = await world.Queue().EnqueueAsync(() => HorseJobs.Signal("KILL"));
        Job exited = await world.Queue().EnqueueAsync(() => HorseJobs.Exit(3));
        Job failed = await world.Queue().EnqueueAsync(() => TestJobs.Fail("it is not told of this"));

        await world.RunHorseBurstAsync(configure: options => options.WorkHorseKilledHandler = async killed =>
        {
            told.Add((killed, await killed.Job.GetStatusAsync()));
            throw new InvalidOperationException("what it throws is logged");
        });

        told.Select(each => (each.Killed.Job.Id, each.Killed.Signal, each.Killed.ExitCode, each.Status)).ShouldBe(
            [(killed.Id, 9, null, JobStatus.Started), (exited.Id, null, 3, JobStatus.Started)]);
        told.ShouldAllBe(each => each.Killed.ProcessId > 0);
        foreach (Job job in new[] { killed, exited, failed })
            (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        world.LogCollector.GetSnapshot().ShouldContain(line => line.Exception != null && line.Exception.Message == "what it throws is logged");
    }

    [Fact]
    public async Task Failure_callbacks_and_handlers_of_a_dead_work_horse_are_told_in_a_fresh_one()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(() => HorseJobs.Exit(3), new JobOptions { OnFailure = Callback.To(HorseJobs.Told) });

        await world.RunHorseBurstAsync();

        string told = (await world.Rq.Database.ListRangeAsync($"told:{job.Id}")).ToStringArray().ShouldHaveSingleItem()!;
        told.ShouldContain("Work-horse terminated unexpectedly; waitpid returned 768");
        told.ShouldNotStartWith($"{Environment.ProcessId} ");
        (await job.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNull().ShouldStartWith("Work-horse terminated unexpectedly; waitpid returned 768");
    }

    [Fact]
    public async Task A_callback_that_crashes_fails_the_job_and_no_more()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job success = await world.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { OnSuccess = Callback.To(HorseJobs.CallbackThatCrashes) });
        Job failure = await world.Queue().EnqueueAsync(() => TestJobs.Fail("the reason"), new JobOptions { OnFailure = Callback.To(HorseJobs.CallbackThatCrashes) });
        Job dead = await world.Queue().EnqueueAsync(() => HorseJobs.Exit(3), new JobOptions { OnFailure = Callback.To(HorseJobs.CallbackThatCrashes) });
        Job fine = await world.Queue().EnqueueAsync(() => TestJobs.Nothing());

        await world.RunHorseBurstAsync();

        (await TextAsync(success)).ShouldContain("while the job's callbacks ran");
        (await TextAsync(failure)).ShouldContain("while handling: System.InvalidOperationException: the reason");
        (await TextAsync(dead)).ShouldContain("waitpid returned 768");
        (await fine.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Fact]
    public async Task S043_a_failure_callback_that_hangs_is_ended_and_the_next_job_runs()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job job = await world.Queue().EnqueueAsync(
            () => TestJobs.Fail("the reason"), new JobOptions { OnFailure = Callback.To(HorseJobs.CallbackThatHangs, TimeSpan.FromSeconds(1)) });
        Job<int> next = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());

        await world.RunHorseBurstAsync();

        (await TextAsync(job)).ShouldContain("while handling: System.InvalidOperationException: the reason");
        (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        world.LogCollector.GetSnapshot().Count(line => line.Message.Contains("its failure callback")).ShouldBe(1);
    }

    [Fact]
    public async Task What_a_job_has_started_does_not_outlive_the_crash_of_its_process()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = Guid.NewGuid().ToString("N");
        await DiesAsync(world, await world.Queue().EnqueueAsync(() => HorseJobs.SpawnAndExit(key, null!)), "it exited with code 3");

        string child = (await world.Rq.Database.ListGetByIndexAsync($"children:{key}", 0)).ToString();
        await Eventually.BecomesAsync(() => TimeLimitTests.IsGone(child), "it is gone");
    }

    [Fact]
    public async Task What_a_job_has_left_running_does_not_speak_for_the_next_one()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job talker = await world.Queue().EnqueueAsync(() => HorseJobs.LeaveTalker(null!));
        Job next = await world.Queue().EnqueueAsync(() => ProcessJobs.NoteStartAsync(null!));

        await world.RunHorseBurstAsync();

        await next.RefreshAsync();
        next.Progress.ShouldBeNull();
        (await next.GetLogAsync()).ShouldBeEmpty();
        (await talker.GetLogAsync()).ShouldContain(line => line.Text == "alive");
    }

    [Fact]
    public async Task A_job_whose_function_wants_a_work_horse_that_cannot_be_started_fails_and_says_so()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job apart = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessIdApart());
        Job<int> other = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());

        await world.RunHorseBurstAsync(Isolation.None, options => options.WorkHorses.Command = new RQ.WorkHorses.HorseCommand("false", [], []));

        (await TextAsync(apart)).ShouldContain("The work horse ended with exit code 1 before it was ready");
        (await other.WaitForResultAsync(Eventually.Limit)).ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public async Task A_work_horse_that_dies_idle_is_replaced()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        world.StartHorseWorker();
        int first = await (await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId())).WaitForResultAsync(Eventually.Limit);

        using (System.Diagnostics.Process horse = System.Diagnostics.Process.GetProcessById(first))
            horse.Kill();

        int second = await (await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId())).WaitForResultAsync(Eventually.Limit);
        second.ShouldNotBe(first);
    }

    private static async Task<string> DiesAsync(TestWorld world, Job job, string reason)
    {
        Job<int> next = await world.Queue().EnqueueAsync(() => HorseJobs.ProcessId());
        (await world.RunHorseBurstAsync()).ShouldBe(2);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        string text = await TextAsync(job);
        text.ShouldStartWith("Work-horse terminated unexpectedly; ");
        text.ShouldContain(reason);
        (await next.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue().Failed.GetJobIdsAsync()).ShouldContain(job.Id);
        return text;
    }

    private static async Task<string> TextAsync(Job job) => (await job.GetLatestResultAsync())!.ExceptionText!;
}
