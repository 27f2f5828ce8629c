using System.Collections.Concurrent;
using RQ.Executions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Commands to workers: what is sent, who gets it, and what it does, between .NET and Python in both directions.</summary>
public class CommandTests
{
    [Theory, OnEachBackend]
    public async Task CMD_1_CMD_2_CMD_5_commands_are_sent_byte_for_byte_as_python_does_and_the_sender_learns_whether_anybody_listened(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var received = new ConcurrentQueue<string>();
        (await Worker.SendShutdownAsync(world.Rq, "listened-to")).ShouldBeFalse("nobody listens");
        await world.Rq.Multiplexer.GetSubscriber().SubscribeAsync(
            RedisChannel.Literal(world.Rq.Keys.Commands("listened-to")), (_, message) => received.Enqueue((string)message!));

        (await Worker.SendShutdownAsync(world.Rq, "listened-to")).ShouldBeTrue();
        (await Worker.SendKillHorseAsync(world.Rq, "listened-to")).ShouldBeTrue();
        await WorkerCommands.SendAsync(world.Rq, "listened-to", WorkerCommands.StopJob("a\"b\\é+😀\u007f"));
        await WorkerCommands.SendAsync(world.Rq, "listened-to", WorkerCommands.StopExecution("j-1", "e"));

        await Eventually.BecomesAsync(() => received.Count == 4, "all four arrive");
        received.ShouldBe([
            """{"command": "shutdown"}""",
            """{"command": "kill-horse"}""",
            """{"command": "stop-job", "job_id": "a\"b\\\u00e9+\ud83d\ude00\u007f"}""",
            """{"command": "stop-execution", "job_id": "j-1", "execution_id": "e"}""",
        ], ignoreOrder: true);
    }

    [Theory, OnEachBackend]
    public async Task CMD_1_a_worker_that_is_told_to_shut_down_finishes_its_job_and_leaves(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker();
        string gate = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();

        (await Worker.SendShutdownAsync(world.Rq, worker.Name)).ShouldBeTrue();

        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("warm shut down")), "it has heard it");
        TestJobs.Gate(gate).Open();
        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(1);
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
        await Eventually.BecomesAsync(async () => !await Worker.SendShutdownAsync(world.Rq, worker.Name), "nobody listens any more");
    }

    [Theory, OnEachBackend]
    public async Task CMD_2_kill_horse_hits_every_process_that_runs_a_job_and_nothing_else(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        var setup = new WorkerSetup(world.Rq, "w", ["default"], new WorkerOptions().Freeze(), new Microsoft.Extensions.Logging.Testing.FakeLogger(world.LogCollector));
        var running = new RunningExecutions();
        await using var listener = new CommandListener(setup, running);
        await listener.StartAsync();
        await Worker.SendKillHorseAsync(world.Rq, "w");
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("is ignored")), "it says that there is nothing to kill");

        var killed = new ConcurrentBag<string>();
        foreach (string name in new[] { "a", "b", "c" })
        {
            Job job = await world.Queue().EnqueueAsync(JobCall.To(name));
            var execution = new Execution(name, "default", "w", await RQ.Redis.Transitions.ReadJobs.ExecuteAsync(world.Rq, job.Id), DateTimeOffset.UtcNow);
            running.Add(new RunningExecution(execution)
            {
                OnKill = name switch
                {
                    "a" => () => throw new InvalidOperationException("no such process"),
                    "b" => () => { killed.Add(name); return Task.CompletedTask; },
                    _ => null,
                },
            });
        }

        await Worker.SendKillHorseAsync(world.Rq, "w");

        await Eventually.BecomesAsync(() => killed.Count == 1, "the process is killed, though another cannot be");
        await Eventually.BecomesAsync(() => world.LogCollector.GetSnapshot().Any(record => record.Message.Contains("could not be killed")), "that is told");
        killed.ShouldBe(["b"]);
        running.All.ShouldAllBe(each => !each.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task CMD_1_CMD_3_python_commands_reach_our_worker()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        RunningWorker worker = world.StartWorker(configure: options => options.Name = "told-by-python");
        string key = Guid.NewGuid().ToString();
        Job<string> job = await world.Queue().EnqueueAsync(() => CallbackJobs.RunAsync(key, null!));
        await CallbackJobs.ExecutionOfAsync(key);

        await python.RunAsync($"""
            from rq.command import send_kill_horse_command, send_shutdown_command, send_stop_job_command
            send_kill_horse_command(redis, 'told-by-python')
            send_stop_job_command(redis, '{job.Id}')
            send_shutdown_command(redis, 'told-by-python')
            """);

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(1);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Stopped);
    }

    [Fact]
    public async Task CMD_1_CMD_2_CMD_3_our_commands_reach_a_python_worker()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        PythonSide python = await PythonSide.InAsync(world);
        using PythonWorker worker = python.StartWorker("--name", "py", "default");

        Job killed = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.wait_for", "never"));
        await RunsAsync(world, killed);
        (await Worker.SendKillHorseAsync(world.Rq, "py")).ShouldBeTrue();
        await Eventually.BecomesAsync(async () => await killed.GetStatusAsync() == JobStatus.Failed, "it fails");
        (await killed.GetLatestResultAsync())!.ExceptionText!.ShouldContain("terminated unexpectedly");

        Job stopped = await world.Queue().EnqueueAsync(JobCall.To("python_tasks.wait_for", "never"));
        await RunsAsync(world, stopped);
        await stopped.StopAsync();
        await Eventually.BecomesAsync(async () => await stopped.GetStatusAsync() == JobStatus.Stopped, "it is stopped");

        (await Worker.SendShutdownAsync(world.Rq, "py")).ShouldBeTrue();
        (await worker.ExitAsync()).ShouldBe(0);
    }

    // The job's status is written by the worker's child, the worker's own record by both.
    private static Task RunsAsync(TestWorld world, Job job) => Eventually.BecomesAsync(
        async () => await job.GetStatusAsync() == JobStatus.Started && await Worker.FindAsync(world.Rq, "py") is { CurrentJobId: { } id } && id == job.Id, "Python runs it");
}
