using RQ.Conformance.Connections;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>A queue that is paused while a job of it runs: nothing waits on it meanwhile, and what it has given is not given again.</summary>
public class PausedWaitTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task What_a_queue_gave_before_it_was_paused_is_run_once(int concurrency)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using ClientList clients = await ClientList.ConnectAsync(server);
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["paused", "open"], options => options.Concurrency = concurrency);
        await clients.IdleAsync(2);
        Queue paused = new("paused", rq), open = new("open", rq);
        // As many as there are slots: the last one's wait is not made anew.
        string[] gates = [.. Enumerable.Range(0, concurrency).Select(_ => Guid.NewGuid().ToString())];
        var jobs = new List<Job<string>>();
        foreach (string gate in gates)
        {
            jobs.Add(await paused.EnqueueAsync(() => TestJobs.BlockAtGate(gate)));
            await TestJobs.Gate(gate).HasEnteredAsync();
        }

        await paused.PauseAsync();
        foreach (string gate in gates)
            TestJobs.Gate(gate).Open();
        foreach (Job<string> job in jobs)
            await job.WaitForResultAsync(Eventually.Limit);
        // Each wakes the worker, which then ends all its waits.
        for (int i = 0; i < 4; i++)
        {
            await clients.IdleAsync(1);
            await (await open.EnqueueAsync(() => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit);
        }

        gates.Select(TestJobs.Runs).ShouldAllBe(runs => runs == 1);
        await paused.ResumeAsync();
        (await (await paused.EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }
}
