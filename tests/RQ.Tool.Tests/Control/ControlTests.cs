namespace RQ.Tool.Tests.Control;

/// <summary>Commands to workers, from the command line.</summary>
public class ControlTests
{
    [Fact]
    public async Task Suspend_and_resume_say_what_RQ_says_CLI_5_CLI_6_SUS_1()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        (await RqProcess.RunAsync("suspend", "-u", world.Url)).ShouldBe(
            new RqExit(0, "Suspending workers.  No new jobs will be started.  But current jobs will be completed\n", ""));
        (await Worker.AreSuspendedAsync(world.Rq)).ShouldBeTrue();
        (await world.Database().KeyTimeToLiveAsync("rq:suspended")).ShouldBeNull();

        (await RqProcess.RunAsync("resume", "-u", world.Url)).ShouldBe(new RqExit(0, "Resuming workers.\n", ""));
        (await Worker.AreSuspendedAsync(world.Rq)).ShouldBeFalse();

        RqExit limited = await RqProcess.RunAsync("suspend", "-u", world.Url, "--duration", "300");
        limited.ShouldBe(new RqExit(
            0, "Suspending workers for 300 seconds.  No new jobs will be started during that time, but then will automatically resume\n", ""));
        (await world.Database().KeyTimeToLiveAsync("rq:suspended"))!.Value.TotalSeconds.ShouldBeInRange(200, 300);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public async Task A_duration_below_one_second_is_refused_as_in_RQ_CLI_5(string duration)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        (await RqProcess.RunAsync("suspend", "-u", world.Url, "--duration", duration)).ShouldBe(new RqExit(1, "Duration must be an integer greater than 1\n", ""));
        (await Worker.AreSuspendedAsync(world.Rq)).ShouldBeFalse();
    }

    [Fact]
    public async Task Suspended_from_the_command_line_a_worker_takes_nothing_until_resumed_SUS_1()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly);
        await worker.LineAsync("Listening");

        await RqProcess.RunAsync("suspend", "-u", world.Url);
        await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 2), new JobOptions { Id = "late" });
        await worker.LineAsync("suspended, waiting for resume");
        await RqProcess.RunAsync("resume", "-u", world.Url);

        await worker.LineAsync("Job OK (late)");
    }

    // The names differ from those of all other tests: channels are not of a database.
    [Fact]
    public async Task Stop_ends_a_running_job_and_refuses_others_CMD_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!), new JobOptions { Id = "runs" });
        await world.Queue("other").EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "waits" });
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-n", "told-to-stop", "--isolation", "none");
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, "k") > 0, "the job runs");

        (await RqProcess.RunAsync("stop", "-u", world.Url, "runs")).ShouldBe(new RqExit(0, "Told worker told-to-stop to stop job runs.\n", ""));
        await worker.LineAsync("Job stopped by user (runs)");
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);

        foreach ((string id, string told) in new[] { ("waits", "it is queued. Cancel it instead."), ("nowhere", "was not found") })
        {
            RqExit exit = await RqProcess.RunAsync("stop", "-u", world.Url, id);
            exit.Code.ShouldBe(1);
            exit.ErrorLines.ShouldHaveSingleItem().ShouldContain(told);
        }
    }

    [Fact]
    public async Task What_begins_with_a_dash_goes_behind_two_dashes_CMD_1_CMD_3()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!), new JobOptions { Id = "-runs" });
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "--name=-dashed", "--isolation", "none");
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, "k") > 0, "the job runs");

        (await RqProcess.RunAsync("stop", "-u", world.Url, "--", "-runs")).ShouldBe(new RqExit(0, "Told worker -dashed to stop job -runs.\n", ""));
        await worker.LineAsync("Job stopped by user (-runs)");
        (await RqProcess.RunAsync("kill-horse", "-u", world.Url, "--", "-dashed")).ShouldBe(new RqExit(0, "Told worker -dashed to kill its work horse.\n", ""));
        (await RqProcess.RunAsync("shutdown", "-u", world.Url, "--", "-dashed")).ShouldBe(new RqExit(0, "Told worker -dashed to finish its jobs and end.\n", ""));

        (await worker.ExitAsync()).Code.ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
    }

    [Fact]
    public async Task Shutdown_lets_a_worker_finish_and_leave_CMD_1()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Job<string> job = await world.Queue().EnqueueAsync(() => ProcessJobs.CountAndWaitAsync("k", null!));
        await using RqProcess worker = RqProcess.Start("worker", "-u", world.Url, "--assembly", RqProcess.JobAssembly, "-n", "told-to-leave", "--isolation", "none");
        await Eventually.BecomesAsync(async () => await ProcessJobs.RunsAsync(world.Rq, "k") > 0, "the job runs");

        (await RqProcess.RunAsync("shutdown", "-u", world.Url, "told-to-leave")).ShouldBe(new RqExit(0, "Told worker told-to-leave to finish its jobs and end.\n", ""));
        await worker.LineAsync("warm shut down requested");
        await ProcessJobs.OpenGateAsync(world.Rq, "k");

        (await worker.ExitAsync()).Code.ShouldBe(0);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished);
    }

    [Fact]
    public async Task Kill_horse_reaches_the_worker_CMD_2()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await world.Rq.Multiplexer.GetSubscriber().SubscribeAsync(
            StackExchange.Redis.RedisChannel.Literal("rq:pubsub:told-to-kill"), (_, message) => heard.TrySetResult(message.ToString()));

        (await RqProcess.RunAsync("kill-horse", "-u", world.Url, "told-to-kill")).ShouldBe(new RqExit(0, "Told worker told-to-kill to kill its work horse.\n", ""));
        (await heard.Task.WaitAsync(Eventually.Limit)).ShouldBe("""{"command": "kill-horse"}""");
    }

    [Theory]
    [InlineData("shutdown")]
    [InlineData("kill-horse")]
    public async Task Nobody_who_listens_is_told_CMD_5(string command)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);

        RqExit exit = await RqProcess.RunAsync(command, "-u", world.Url, $"nobody-{command}");

        exit.Code.ShouldBe(1);
        exit.Output.ShouldBeEmpty();
        exit.ErrorLines.ShouldHaveSingleItem().ShouldContain($"No worker 'nobody-{command}' listens");
    }
}
