using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>A primary that becomes a replica while its clients go on talking to it.</summary>
public class FailoverTests
{
    [Fact]
    public async Task S118_work_goes_on_at_the_new_primary_after_writes_were_refused()
    {
        await using RedisServer old = await RedisServer.StartAsync();
        await using RedisServer next = await RedisServer.StartAsync("--replicaof", $"127.0.0.1 {old.Port}");
        await using ClientList atOld = await ClientList.ConnectAsync(old);
        await using ClientList atNext = await ClientList.ConnectAsync(next);
        await using RqConnection rq = await RqConnection.ConnectAsync($"127.0.0.1:{old.Port},127.0.0.1:{next.Port}");
        await using RunningWorker busy = OutageTests.StartWorker(rq, ["busy"]);
        await using RunningWorker idle = OutageTests.StartWorker(rq, ["default"]);
        Job<string> running = await new Queue("busy", rq).EnqueueAsync(() => TestJobs.WaitAtGateAsync("S118", default));
        await TestJobs.Gate("S118").HasEnteredAsync();
        await atOld.IdleAsync(1);
        await Eventually.BecomesAsync(async () => (int)await atOld.Database.ExecuteAsync("WAIT", 1, 1000) == 1, "the replica has everything");

        await atNext.Database.ExecuteAsync("REPLICAOF", "NO", "ONE");
        await atOld.Database.ExecuteAsync("REPLICAOF", "127.0.0.1", next.Port);
        // Also the end of a job falls into it.
        TestJobs.Gate("S118").Open();
        Job<int> job = await OutageTests.EventuallyEnqueuesAsync(rq);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await running.WaitForResultAsync(Eventually.Limit)).ShouldBe("S118");
        running.Attempts.ShouldBe(0);
        (await running.GetResultsAsync()).Count.ShouldBe(1);
        (await atNext.Database.KeyExistsAsync(rq.Keys.Job(job.Id))).ShouldBeTrue();
        await atNext.IdleAsync(2);
    }
}
