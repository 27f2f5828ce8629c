using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>What a worker tells, in RQ's words.</summary>
public class LogTests
{
    private const string Add = "RQ.TestSupport.TestJobs.Add(1, 1)";

    [Theory, OnEachBackend]
    public async Task LOG_1_LOG_3_the_lines_of_a_normal_job(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue("a").EnqueueAsync(() => TestJobs.Add(1, 1));
        RunningWorker worker = world.StartWorker(["a", "b"], options => options.Name = "w");
        await job.WaitForResultAsync(Eventually.Limit);
        await worker.StopAsync();

        IReadOnlyList<FakeLogRecord> records = world.LogCollector.GetSnapshot();
        records.ShouldAllBe(record => record.Category == "rq.worker");
        string[] starts =
        [
            $"Worker w: started with PID {Environment.ProcessId}, version ",
            $"Worker w: subscribing to channel {world.Rq.Keys.Commands("w")}",
            "*** Listening on a, b...",
            $"a: {Add} ({job.Id})",
            $"Successfully completed {Add} job in 0:00:0",
            $"a: Job OK ({job.Id})",
            "Result is kept for 500 seconds",
            $"Worker w [PID {Environment.ProcessId}]: warm shut down requested",
            "Worker w: stopping on request",
            $"Worker w: unsubscribing from channel {world.Rq.Keys.Commands("w")}",
        ];
        string[] told = [.. Messages(world).Where(message => Array.Exists(starts, start => message.StartsWith(start, StringComparison.Ordinal)))];
        told.Length.ShouldBe(starts.Length, string.Join('\n', Messages(world)));
        for (int i = 0; i < starts.Length; i++)
            told[i].ShouldStartWith(starts[i]);
        told.Single(message => message.StartsWith("Successfully")).ShouldEndWith("s on worker w");
    }

    [Theory, OnEachBackend]
    public async Task LOG_4_a_failure_is_told_with_its_exception(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("bad thing"));

        await world.RunBurstAsync(configure: options => options.Name = "w");

        FakeLogRecord error = world.LogCollector.GetSnapshot().Single(record => record.Level == LogLevel.Error);
        error.Message.ShouldBe($"Worker w: job {job.Id}: exception raised while executing (RQ.TestSupport.TestJobs.Fail)");
        error.Exception.ShouldBeOfType<InvalidOperationException>().Message.ShouldBe("bad thing");
    }

    [Theory, OnEachBackend]
    public async Task LOG_5_descriptions_may_be_left_out(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        await world.RunBurstAsync(configure: options => options.LogJobDescription = false);

        Messages(world).ShouldContain($"default: {job.Id}");
        Messages(world).ShouldNotContain($"default: {Add} ({job.Id})");
    }

    [Theory, OnEachBackend]
    public async Task LOG_7_retries_are_told(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Job job = await world.Queue().EnqueueAsync(() => TestJobs.Fail("no"), new JobOptions { Retry = new Retry(2, TimeSpan.Zero, TimeSpan.FromHours(1)) });

        await world.RunBurstAsync();

        Messages(world).ShouldContain($"Job {job.Id}: enqueued for retry, 1 remaining");
        Messages(world).ShouldContain(message => message.StartsWith($"Job {job.Id}: scheduled for retry at 20") && message.EndsWith(", 0 remaining"));
    }

    [Theory, OnEachBackend]
    public async Task WRK_19_how_long_results_are_kept_may_be_left_out(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (bool isTold in new[] { true, false })
        {
            world.LogCollector.Clear();
            Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

            await world.RunBurstAsync(configure: options => options.LogResultLifespan = isTold);

            Messages(world).ShouldContain($"default: Job OK ({job.Id})");
            Messages(world).Contains("Result is kept for 500 seconds").ShouldBe(isTold);
        }
    }

    private static IEnumerable<string> Messages(TestWorld world) => world.LogCollector.GetSnapshot().Select(record => record.Message);
}
