using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>Three sentinels, a primary and a replica: nobody is restarted when the replica takes over.</summary>
public sealed class SentinelFailOverTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S124_work_and_scheduling_go_on_after_a_fail_over_with_a_sentinel_less(bool isKilled)
    {
        await using SentinelSite site = await SentinelSite.StartAsync();
        string key = $"S124-{isKilled}";
        await using RqConnection rq = await RqConnection.ConnectAsync(site.Url);
        var log = new FakeLogCollector();
        await using RunningWorker worker = Serving.StartWorker(rq, ["default"], log, options =>
        {
            options.Concurrency = 4;
            options.WithScheduler = true;
        });
        await using RunningWorker standby = Serving.StartWorker(rq, ["default", "ticks"], log, options =>
        {
            options.Concurrency = 4;
            options.WithScheduler = true;
        });
        await using RunningWorker horses = Serving.StartWorker(rq, ["apart"], log, Serving.Horses(site.Url, "apart"));
        Queue queue = new("default", rq), apart = new("apart", rq);
        Job<string> running = await queue.EnqueueAsync(() => TestJobs.WaitAtGateAsync(key, default));
        await TestJobs.Gate(key).HasEnteredAsync();
        (await (await apart.EnqueueAsync(() => HorseJobs.ProcessId())).WaitForResultAsync(Eventually.Limit)).ShouldNotBe(Environment.ProcessId);
        await rq.Cron.AddOrUpdateAsync(CronSchedule.Every("tick", TimeSpan.FromSeconds(1), () => TestJobs.CountRun(key)) with { Queue = "ticks" });
        await Eventually.BecomesAsync(() => TestJobs.Runs(key) > 0, "the schedule runs");
        Job<int> scheduled = await queue.EnqueueInAsync(TimeSpan.FromHours(1), () => TestJobs.Add(1, 1));
        await Eventually.BecomesAsync(() => rq.Database.KeyExistsAsync(rq.Keys.SchedulerLock("default")), "a scheduler holds the lock");
        site.StopASentinel();
        await site.IsCopiedAsync();

        if (isKilled)
            site.Primary.Kill();
        else
            await site.FailOverAsync();
        await site.IsPromotedAsync();
        int runs = TestJobs.Runs(key);
        TestJobs.Gate(key).Open();
        await scheduled.RescheduleEventuallyAsync(DateTimeOffset.UtcNow);

        (await (await Serving.EnqueueAsync(rq)).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await (await Serving.EnqueueAsync(rq, "apart")).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        (await running.WaitForResultAsync(Eventually.Limit)).ShouldBe(key);
        (await scheduled.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await Eventually.BecomesAsync(() => TestJobs.Runs(key) > runs + 1, "the schedule goes on");
        running.Attempts.ShouldBe(0, "it was not taken for lost");
        // One scheduler has the lock, and the others stand by.
        string? owner = await rq.Database.StringGetAsync(rq.Keys.SchedulerLock("default"));
        owner.ShouldNotBeNull();
        (await rq.Database.StringGetAsync(rq.Keys.CronLock)).IsNull.ShouldBeFalse();
        await Eventually.BecomesAsync(async () => (await Worker.AllAsync(rq)).Count == 3, "all workers are listed");
        foreach (RunningWorker each in new[] { worker, standby, horses })
            each.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task S124_a_primary_that_was_overtaken_and_comes_back_is_not_written_to()
    {
        await using SentinelSite site = await SentinelSite.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(site.Url);
        await using RunningWorker worker = Serving.StartWorker(rq);
        await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await site.IsCopiedAsync();
        site.Primary.Kill();
        await site.IsPromotedAsync();
        await (await Serving.EnqueueAsync(rq)).WaitForResultAsync(Eventually.Limit);

        // Until a sentinel notices, it takes itself for the primary.
        await site.Primary.StartAsync();
        int jobs = 0;
        do
        {
            Job<int> job = await Serving.EnqueueAsync(rq);
            (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
            ((long)RedisCluster.Ask(site.Replica, "EXISTS", rq.Keys.Job(job.Id))).ShouldBe(1);
            jobs++;
        }
        while (RedisCluster.Ask(site.Primary, "ROLE")[0].ToString() == "master");
        jobs.ShouldBeGreaterThan(5, "that takes some seconds");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S124_with_a_sentinel_away_programs_start_all_the_same(bool isSilent)
    {
        await using SentinelSite site = await SentinelSite.StartAsync();
        if (isSilent)
            site.FreezeASentinel();
        else
            site.StopASentinel();
        await using RqConnection rq = await RqConnection.ConnectAsync(site.Url);
        await using RunningWorker worker = Serving.StartWorker(rq);
        (await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
        // A connection of its own, before which the sentinels are asked, too.
        await using RqConnection careful = await RqConnection.ConnectAsync(
            site.Url, new RqConnectionOptions { Durability = new EnqueueDurability { Replicas = 1, Timeout = TimeSpan.FromSeconds(30) } });
        (await (await new Queue("default", careful).EnqueueAsync(() => TestJobs.Add(20, 22))).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }

    [Fact]
    public async Task S124_a_worker_leaves_a_primary_that_stands_still_while_another_one_takes_over()
    {
        await using SentinelSite site = await SentinelSite.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(site.Url);
        await using RunningWorker worker = Serving.StartWorker(rq);
        await (await new Queue("default", rq).EnqueueAsync(() => TestJobs.Nothing())).WaitForResultAsync(Eventually.Limit);
        await site.IsCopiedAsync();

        site.Primary.Freeze();
        await site.IsPromotedAsync();

        // Without anything to do: what it would do next goes to the right one.
        foreach (string name in new[] { worker.Name, $"{worker.Name}-wait", $"{worker.Name}-calls" })
        {
            await Eventually.BecomesAsync(
                () => RedisCluster.Ask(site.Replica, "CLIENT", "LIST").ToString()!.Contains($" name={name} ", StringComparison.Ordinal), $"{name} has come to the new primary");
        }

        (await (await Serving.EnqueueAsync(rq)).WaitForResultAsync(Eventually.Limit)).ShouldBe(42);
    }
}

file static class Patience
{
    /// <summary>Reschedules a job as soon as there is a server that takes it.</summary>
    public static Task RescheduleEventuallyAsync(this Job job, DateTimeOffset due) => Eventually.BecomesAsync(
        () => Serving.TryAsync(async () =>
        {
            await job.RescheduleAsync(due);
            return true;
        }),
        "the job is rescheduled");
}
