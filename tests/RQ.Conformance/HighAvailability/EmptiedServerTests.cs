using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>A server that comes back with nothing in it.</summary>
public sealed class EmptiedServerTests
{
    [Fact]
    public async Task S125_workers_schedulers_and_cron_are_back_and_work_after_everything_was_deleted()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var log = new FakeLogCollector();
        await using RunningWorker idle = Serving.StartWorker(rq, ["idle"], log);
        await using RunningWorker busy = Serving.StartWorker(rq, ["default"], log, options => options.WithScheduler = true);
        var queue = new Queue("default", rq);
        var tick = CronSchedule.Every("tick", TimeSpan.FromSeconds(1), () => TestJobs.CountRun("S125-tick"));
        await rq.Cron.AddOrUpdateAsync(tick);
        await Eventually.BecomesAsync(() => TestJobs.Runs("S125-tick") > 0, "the schedule runs");
        await using RunningWorker runs = Serving.StartWorker(rq, ["long"], log);
        Job<string> running = await new Queue("long", rq).EnqueueAsync(() => TestJobs.WaitAtGateAsync("S125", default));
        await TestJobs.Gate("S125").HasEnteredAsync();
        await queue.EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Nothing());
        await Eventually.BecomesAsync(() => rq.Database.KeyExistsAsync(rq.Keys.SchedulerLock("default")), "the scheduler holds its lock");

        RedisCluster.Ask(server, "FLUSHALL");

        RunningWorker[] all = [idle, busy, runs];
        await Eventually.BecomesAsync(async () => (await Worker.AllAsync(rq)).Count == 3, "all workers are registered again");
        foreach (RunningWorker each in all)
            await Transitions.Leases.IsRenewedAsync(rq, each.Name, times: 2);
        (await (await new Queue("idle", rq).EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await (await queue.EnqueueInAsync(TimeSpan.FromMilliseconds(200), () => TestJobs.Add(1, 1))).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        // What was in the server is gone, also the schedules: whoever stores them has to do it again.
        await rq.Cron.AddOrUpdateAsync(tick);
        int ticks = TestJobs.Runs("S125-tick");
        await Eventually.BecomesAsync(() => TestJobs.Runs("S125-tick") > ticks, "the schedule runs again");
        (await rq.Database.KeyExistsAsync(rq.Keys.CronLock)).ShouldBeTrue();
        await Eventually.BecomesAsync(async () => (await rq.Cron.ListSchedulersAsync()).Count == 1, "who runs it is listed");
        await rq.Cron.RemoveAsync("tick");

        // The job that ran ends, and what is left of it goes by itself.
        TestJobs.Gate("S125").Open();
        (await (await new Queue("long", rq).EnqueueAsync(() => TestJobs.Add(2, 2))).WaitForResultAsync(Eventually.Limit)).ShouldBe(4);
        await Eventually.BecomesAsync(() => log.GetSnapshot().Any(record => record.Id.Id is 44 or 45 && record.Message.Contains(running.Id)), "its outcome is dropped, and that is told");
        if (await rq.Database.KeyExistsAsync(rq.Keys.Job(running.Id)))
            (await rq.Database.KeyTimeToLiveAsync(rq.Keys.Job(running.Id))).ShouldNotBeNull();
        // Its token was signalled, so it may have thrown: event 27.
        log.GetSnapshot().Where(record => record.Level >= LogLevel.Error && !(record.Id.Id == 27 && record.Message.Contains(running.Id))).Select(record => $"{record.Message} {record.Exception}").ShouldBeEmpty();
        foreach (RunningWorker each in all)
            each.Completion.IsCompleted.ShouldBeFalse();
        (await Consistency.ViolationsAsync(rq)).ShouldBeEmpty();
    }

    [Fact]
    public async Task S125_workers_go_on_when_a_server_without_persistence_was_restarted_in_the_middle()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using RunningWorker worker = Serving.StartWorker(rq, configure: options => options.WithScheduler = true);
        Job<string> running = await new Queue("default", rq).EnqueueAsync(() => TestJobs.WaitAtGateAsync("S125-restart", default));
        await TestJobs.Gate("S125-restart").HasEnteredAsync();

        server.Kill();
        await Eventually.BecomesAsync(() => !rq.Multiplexer.IsConnected, "the connection is lost");
        TestJobs.Gate("S125-restart").Open();
        await server.StartAsync();
        Job<int> job = await Serving.EnqueueAsync(rq);

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        await Eventually.BecomesAsync(() => rq.Database.KeyExistsAsync(rq.Keys.Worker(worker.Name)), "it is registered again");
        (await rq.Database.KeyExistsAsync(rq.Keys.Job(running.Id))).ShouldBeFalse();
        await (await new Queue("default", rq).EnqueueInAsync(TimeSpan.FromMilliseconds(200), () => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        worker.Completion.IsCompleted.ShouldBeFalse();
    }
}
