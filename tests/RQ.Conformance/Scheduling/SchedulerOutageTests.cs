using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Scheduling;

/// <summary>Servers that go, come back, forget, and clocks that are wrong.</summary>
public class SchedulerOutageTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Theory, OnEachBackend]
    public async Task S125_when_redis_was_emptied_the_scheduler_is_back_at_once(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await using RunningScheduler scheduler = RunningScheduler.Start(world);
        await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);
        await scheduler.HoldsAsync(world.Rq);

        await world.Rq.Database.KeyDeleteAsync(
            [world.Rq.Keys.SchedulerLock("default"), world.Rq.Keys.Scheduler(scheduler.Name), world.Rq.Keys.Queues, world.Rq.Keys.Scheduled("default")]);
        Job job = await world.Queue().EnqueueInAsync(TimeSpan.FromSeconds(0.5), s_nothing);

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the new job is queued");
        await scheduler.HoldsAsync(world.Rq);
        await Eventually.BecomesAsync(async () => await Scheduler.FindAsync(world.Rq, scheduler.Name) is not null, "it is known again");
    }

    [Fact]
    public async Task S125_a_restarted_redis_is_served_again()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using TestWorld log = await TestWorld.CreateAsync(Backend.Embedded);
        await using RunningScheduler scheduler = RunningScheduler.Start(rq, log.LogCollector, "default");
        await scheduler.HoldsAsync(rq);

        // It comes back empty, without scripts, and without subscribers.
        server.Kill();
        await Eventually.BecomesAsync(() => ScheduleOf.Logged(log, 155).Length == 1, "the scheduler has noticed");
        await server.StartAsync();

        await scheduler.HoldsAsync(rq);
        var queue = new Queue("default", rq);
        Job job = await queue.EnqueueInAsync(TimeSpan.FromSeconds(0.5), s_nothing);
        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is queued");
        ScheduleOf.Logged(log, 156).Length.ShouldBe(1);
        await Eventually.BecomesAsync(async () => (long)await rq.Database.ExecuteAsync("PUBLISH", rq.Keys.SchedulerWake, "x") == 1, "it listens again");
    }

    [Theory, OnEachBackend]
    public async Task A_machine_whose_clock_is_wrong_schedules_by_the_servers(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        foreach (TimeSpan error in new[] { TimeSpan.FromHours(1), TimeSpan.FromHours(-1) })
        {
            await using RqConnection wrong = await RqConnection.ConnectAsync(
                world.Rq.Multiplexer, new RqConnectionOptions { KeyPrefix = world.Rq.KeyPrefix, TimeProvider = new WrongClock(error) });
            await using RunningScheduler scheduler = RunningScheduler.Start(wrong, world.LogCollector, "default");
            await scheduler.HoldsAsync(world.Rq);
            Job soon = await world.Queue().EnqueueInAsync(TimeSpan.FromSeconds(1), s_nothing);
            Job later = await world.Queue().EnqueueInAsync(TimeSpan.FromMinutes(30), s_nothing);

            await Eventually.BecomesAsync(async () => await soon.GetStatusAsync() == JobStatus.Queued, "the job is queued");
            (await later.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        }
    }

    [Fact]
    public async Task A_message_ends_the_sleep()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using RqConnection standing = await RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions { TimeProvider = time });
        Job job = await world.Queue().EnqueueInAsync(TimeSpan.FromHours(1), s_nothing);
        RunningScheduler scheduler = RunningScheduler.Start(standing, world.LogCollector, "default");
        await scheduler.HoldsAsync(world.Rq);
        await Eventually.BecomesAsync(async () => (long)await world.Rq.Database.ExecuteAsync("PUBLISH", "rq:scheduler-wake", "of nobody") > 0, "it listens");

        // Its timers stand still, so nothing but the message wakes it.
        await job.RescheduleAsync(DateTimeOffset.UtcNow.AddSeconds(-1));
        // What lies between two passes at least; in all it is less than what it sleeps without a message.
        int left = 30;
        await Eventually.BecomesAsync(
            async () =>
            {
                if (left-- > 0)
                    time.Advance(TimeSpan.FromMilliseconds(25));
                return await job.GetStatusAsync() == JobStatus.Queued;
            },
            "the job is queued");
        await scheduler.StopAsync();
    }

    [Fact]
    public async Task Without_the_right_to_use_channels_it_looks_every_second()
    {
        await using RedisServer server = await RedisServer.StartAsync("--user", "worker", "on", ">secret", "~*", "resetchannels", "+@all");
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0");
        await using TestWorld log = await TestWorld.CreateAsync(Backend.Embedded);
        await using RunningScheduler scheduler = RunningScheduler.Start(rq, log.LogCollector, "default");
        await Eventually.BecomesAsync(() => ScheduleOf.Logged(log, 160).Length == 1, "it says that it hears nothing");

        Job job = await new Queue("default", rq).EnqueueInAsync(TimeSpan.FromSeconds(0.2), s_nothing);

        await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Queued, "the job is queued");
    }

    private sealed class WrongClock(TimeSpan error) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + error;
    }
}
