using Microsoft.Extensions.Logging.Abstractions;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Several schedulers, lost answers, and programs that store their tables at the same moment.</summary>
public class CronRaceTests
{
    [Theory, OnEachBackend]
    public async Task CRN_7_schedulers_that_all_take_themselves_for_the_one_run_each_time_once(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.ReplaceAsync("site", Enumerable.Range(0, 4).Select(n => CronSchedule.For($"job-{n}", "* * * * *", () => TestJobs.Nothing()) with { MisfireThreshold = TimeSpan.FromDays(1) }));
        world.Now = CronWorld.At("2026-03-02 00:50:30");

        // Each takes the right away from the one before, as if that one's had run out.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            CronDuty duty = world.Duty();
            while (await DueAsync(world) > 0)
            {
                await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.CronLock);
                await duty.PassAsync(CancellationToken.None);
            }
        }));

        for (int n = 0; n < 4; n++)
        {
            DateTimeOffset[] times = await world.TimesAsync($"job-{n}");
            times.Order().ShouldBe(Enumerable.Range(1, 50).Select(minute => CronWorld.At("2026-03-02 00:00").AddMinutes(minute)));
            CronEntry entry = await world.EntryAsync($"job-{n}");
            (entry.EnqueuedCount, entry.SkippedCount).ShouldBe((50, 0));
            (await world.Cron.GetJobIdsAsync($"job-{n}")).Count.ShouldBe(50);
        }
    }

    [Theory, OnEachBackend]
    public async Task One_scheduler_at_a_time_has_the_right(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        CronDuty one = world.Duty(), two = world.Duty();
        (await one.PassAsync(CancellationToken.None)).ShouldBe(SchedulerIdentity.LockTime, "nothing is scheduled");
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.CronLock)).ShouldBeFalse();
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing());

        (await one.PassAsync(CancellationToken.None)).ShouldBe(SchedulerIdentity.RenewEvery);
        (await two.PassAsync(CancellationToken.None)).ShouldBeInRange(TimeSpan.FromMilliseconds(1), SchedulerIdentity.LockTime);
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.CronLock, TimeSpan.FromMinutes(1));
        world.Now = CronWorld.At("2026-03-02 00:01:00");
        await CronWorld.RunAsync(two);
        (await world.JobsAsync()).ShouldBeEmpty("it has not the right");

        await one.ReleaseAsync();
        await CronWorld.RunAsync(two);
        (await world.TimesAsync("job")).Length.ShouldBe(1);
        await one.ReleaseAsync();
        ((string?)await world.Rq.Database.StringGetAsync(world.Rq.Keys.CronLock)).ShouldBe("scheduler-2", "what another one has is not given up");
        await world.Cron.RemoveAsync("job");
        await CronWorld.RunAsync(two);
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.CronLock)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task Changes_wake_the_schedulers(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        int wakes = 0;
        ISubscriber subscriber = world.Rq.Multiplexer.GetSubscriber();
        await subscriber.SubscribeAsync(RedisChannel.Literal(world.Rq.Keys.SchedulerWake), (_, _) => Interlocked.Increment(ref wakes));
        async Task WakesAsync(Func<Task> change)
        {
            int before = wakes;
            await change();
            await Eventually.BecomesAsync(() => wakes > before, "the schedulers are told");
        }

        CronSchedule schedule = CronSchedule.For("job", "0 * * * *", () => TestJobs.Nothing());
        await WakesAsync(() => world.Cron.AddOrUpdateAsync(schedule));
        await WakesAsync(() => world.Cron.PauseAsync("job"));
        await WakesAsync(() => world.Cron.ResumeAsync("job"));
        CronDuty duty = world.Duty();
        await CronWorld.RunAsync(duty);
        await WakesAsync(duty.ReleaseAsync);
        await WakesAsync(() => world.Cron.ReplaceAsync("site", [schedule]));
        await WakesAsync(() => world.Cron.RemoveAsync("job"));
    }

    [Fact]
    public async Task An_answer_that_was_lost_enqueues_nothing_twice()
    {
        await using CronWorld world = await CronWorld.CreateAsync(Backend.Redis, "2026-03-02 00:00:30");
        var url = new Uri(world.World.Url);
        await using var proxy = new TcpProxy(url.Port);
        await using RqConnection far = await RqConnection.ConnectAsync(
            new UriBuilder(url) { Port = proxy.Port }.Uri.ToString(), new RqConnectionOptions { Configure = options => options.AsyncTimeout = options.SyncTimeout = 1000 });
        far.ScriptClock = world.Rq.ScriptClock;
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing());
        CronDuty duty = world.Duty(far);
        await CronWorld.RunAsync(duty);

        for (int minute = 1; minute <= 6; minute++)
        {
            world.Now = CronWorld.At("2026-03-02 00:00:01").AddMinutes(minute);
            StoredCron schedule = (await CronRead.ExecuteAsync(world.Rq, ["job"], CancellationToken.None)).Schedules[0];
            DateTimeOffset slot = schedule.Next!.Value;
            var step = new CronStep(slot, slot, 0, slot.AddMinutes(1));

            proxy.DropAnswers();
            Task<bool> call = minute % 2 == 0
                ? IsHeardAsync(() => duty.PassAsync(CancellationToken.None))
                : IsHeardAsync(() => new CronRunner(far).RunAsync(schedule, step, step.Next, CronJobId.Of("job", slot)));
            // The job is enqueued, and nobody hears of it; of a pass it is the look before that is not heard of.
            if (minute % 2 == 1)
                await Eventually.BecomesAsync(async () => (await world.EntryAsync("job")).LastTime == slot, "the server has done it");
            proxy.Reset();
            await call;
            await Eventually.BecomesAsync(() => IsHeardAsync(() => CronWorld.RunAsync(duty)), "the connection is back");
        }

        (await world.TimesAsync("job")).Select(time => time.Minute).ShouldBe([1, 2, 3, 4, 5, 6]);
        (await world.EntryAsync("job")).EnqueuedCount.ShouldBe(6);
    }

    private static async Task<bool> IsHeardAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception exception) when (exception is RedisConnectionException or RedisTimeoutException)
        {
            return false;
        }
    }

    [Theory, OnEachBackend]
    public async Task A_turn_that_is_sent_twice_is_taken_once(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing(), options: new JobOptions { ResultTtl = TimeSpan.Zero });
        StoredCron schedule = (await CronRead.ExecuteAsync(world.Rq, ["job"], CancellationToken.None)).Schedules[0];
        DateTimeOffset slot = schedule.Next!.Value;
        var step = new CronStep(slot, slot, 0, slot.AddMinutes(1));
        Enqueue.Item item = RQ.Queues.NewJob.FromTemplate(world.World.Queue(), "an-id", schedule.Name, schedule.Template, new JobOptions()).Item with
        {
            Turn = new CronTurn("job", schedule.Version, step, slot.AddMinutes(1)),
        };

        (await Enqueue.FireAsync(world.Rq, item)).ShouldBe(CronFired.Early);
        world.Now = slot;
        (await Enqueue.FireAsync(world.Rq, item)).ShouldBe(new CronFired(CronVerdict.Enqueued, JobStatus.Queued));
        (await Enqueue.FireAsync(world.Rq, item)).Verdict.ShouldBe(CronVerdict.Enqueued);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Job("an-id"));
        (await Enqueue.FireAsync(world.Rq, item)).Verdict.ShouldBe(CronVerdict.Enqueued, "the job has run and is gone");
        (await Enqueue.FireAsync(world.Rq, item with { Token = "another" })).ShouldBe(CronFired.Stale);

        (await world.World.Queue().GetJobIdsAsync()).ShouldBe(["an-id"]);
        (await world.EntryAsync("job")).EnqueuedCount.ShouldBe(1);
    }

    [Fact]
    public async Task S073_ten_programs_that_start_at_once_and_again()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string[] names = ["a", "b", "c", "d", "e"];
        for (int start = 0; start < 3; start++)
        {
            await StartTenAsync(world, names);
            (await world.Rq.Cron.ListAsync()).Select(entry => entry.Name).ShouldBe(names);
        }

        IReadOnlyList<CronEntry> before = await world.Rq.Cron.ListAsync();
        await StartTenAsync(world, names[..4]);
        IReadOnlyList<CronEntry> after = await world.Rq.Cron.ListAsync();
        after.Select(entry => entry.Name).ShouldBe(names[..4]);
        after.Select(entry => entry.CreatedAt).ShouldBe(before.Take(4).Select(entry => entry.CreatedAt));

        DateTimeOffset now = DateTimeOffset.UtcNow.AddMinutes(6);
        world.Rq.ScriptClock = () => (now - DateTimeOffset.UnixEpoch).Ticks / 10;
        CronDuty[] duties = [.. Enumerable.Range(0, 10).Select(n => new CronDuty(new SchedulerIdentity(world.Rq, $"replica-{n}", NullLogger.Instance), null))];
        await Task.WhenAll(duties.Select(CronWorld.RunAsync));
        IReadOnlyList<Job> jobs = await world.Queue().GetJobsAsync();
        jobs.Count.ShouldBeGreaterThan(0);
        jobs.GroupBy(job => (job.CronName, job.CronTime)).ShouldAllBe(slot => slot.Count() == 1);
    }

    [Theory, OnEachBackend]
    public async Task Ten_thousand_schedules_are_run_in_bites(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        int count = backend == Backend.Redis ? 10_000 : 1_000;
        await world.Cron.ReplaceAsync("site", Enumerable.Range(0, count).Select(n => new CronSchedule { Name = $"job-{n}", Call = JobCall.To("site.work", n), Cron = "1 0 * * *" }));

        world.Now = CronWorld.At("2026-03-02 00:01:00");
        await CronWorld.RunAsync(world.Duty());

        (await world.World.Queue().CountAsync()).ShouldBe(count);
        (await DueAsync(world)).ShouldBe(0);
    }

    private static async Task<long> DueAsync(CronWorld world) =>
        await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.CronDue, 0, world.Now.ToUnixTimeMilliseconds() / 1000.0);

    private static async Task StartTenAsync(TestWorld world, string[] names)
    {
        CronProgram[] programs = [.. Enumerable.Range(0, 10).Select(_ => CronProgram.Start(["table", world.Url, .. names]))];
        await Task.WhenAll(programs.Select(program => program.ReadyAsync()));
        await Task.WhenAll(programs.Select(program => program.GoAsync()));
        foreach (CronProgram program in programs)
            await program.ExitAsync();
    }
}
