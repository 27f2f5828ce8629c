using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RQ.Executions;
using RQ.Jobs;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>A worker that stood still between taking a job and starting it: the job may be another one's by then.</summary>
public class LeaseInDoubtTests
{
    [Fact]
    public async Task A_job_is_not_begun_before_it_is_known_to_be_ours_still()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using RqConnection rq = await RqConnection.ConnectAsync(world.Url, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix, TimeProvider = time });
        string key = Guid.NewGuid().ToString();
        Job job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.CountRun(key));
        JobHash hash = await ReadJobs.ExecuteAsync(rq, job.Id);
        var setup = new WorkerSetup(rq, "w", ["default"], new WorkerOptions { Functions = world.Functions }.Freeze(), NullLogger.Instance);

        // Recovered meanwhile, which the heartbeat finds out.
        setup.Pulse.Renewed(time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(8));
        (RunningExecution lost, Task<Outcome> end) = Begin("lost");
        lost.Lose();
        await end.WaitAsync(Eventually.Limit);
        TestJobs.Runs(key).ShouldBe(0);

        // Still ours.
        (_, end) = Begin("ours");
        setup.Pulse.Renewed(time.GetTimestamp());
        (await end.WaitAsync(Eventually.Limit)).ShouldBeOfType<Outcome.Finished>();
        TestJobs.Runs(key).ShouldBe(1);

        (RunningExecution, Task<Outcome>) Begin(string id)
        {
            var running = new RunningExecution(new Execution(id, "default", "w", hash, time.GetUtcNow()));
            var ended = new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            var runner = new ExecutionRunner(setup, (_, outcome) => ended.TrySetResult(outcome));
            _ = Task.Run(() => runner.RunAsync(running));
            return (running, ended.Task);
        }
    }
}
