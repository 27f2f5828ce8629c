using Microsoft.Extensions.Logging;
using RQ.Jobs;
using RQ.Redis;
using RQ.Redis.Transitions;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Keys and entries that nobody should have written, and schedulers that come too late: no run is lost, and nothing holds up the others.</summary>
public class CronTroubleTests
{
    private static readonly DateTimeOffset s_first = CronWorld.At("2026-03-02 00:01");

    [Theory, OnEachBackend]
    public async Task A_run_whose_queue_is_no_list_is_made_up_for_when_it_is_one(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        IDatabase database = world.Rq.Database;
        await database.StringSetAsync(world.Rq.Keys.Queue("default"), "odd");
        CronDuty duty = world.Duty();
        string id = CronJobId.Of("job", s_first);

        world.Now = s_first;
        await RunAsync(duty);
        (await database.KeyExistsAsync(world.Rq.Keys.Job(id))).ShouldBeFalse("nothing is half done");
        (await world.EntryAsync("job")).EnqueuedCount.ShouldBe(0);
        (await Should.ThrowAsync<RedisServerException>(() => world.World.Queue().EnqueueAsync(() => TestJobs.Nothing()))).Message.ShouldContain("WRONGTYPE");
        (await JobKeysAsync(world)).ShouldBeEmpty("also of a job by itself");
        await Should.ThrowAsync<RedisServerException>(() => world.World.Queue().EnqueueAsync(() => TestJobs.Nothing(), new JobOptions { Id = "mine" }));
        (await JobKeysAsync(world)).ShouldBeEmpty();

        await database.KeyDeleteAsync(world.Rq.Keys.Queue("default"));
        world.Now += TimeSpan.FromSeconds(6);
        await RunAsync(duty);
        (await world.TimesAsync("job")).ShouldBe([s_first]);
        int[] told = [.. world.Logs.GetSnapshot().Select(record => record.Id.Id).Where(id => id is 173 or 174)];
        told.ShouldBe([173, 174], "told once, and once that it is over");
    }

    [Theory, OnEachBackend]
    public async Task A_run_whose_rate_limit_is_another_kind_of_key_is_made_up_for(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend, schedule => schedule with { Options = new JobOptions { RateLimit = new RateLimit("mail", 1) } });
        await world.Rq.Database.StringSetAsync($"{world.Rq.Keys.Prefix}rl:mail:rate_limited", "odd");
        CronDuty duty = world.Duty();

        world.Now = s_first;
        await RunAsync(duty);
        (await JobKeysAsync(world)).ShouldBeEmpty();
        await world.Rq.Database.KeyDeleteAsync($"{world.Rq.Keys.Prefix}rl:mail:rate_limited");
        world.Now += TimeSpan.FromSeconds(6);
        await RunAsync(duty);

        (await world.TimesAsync("job")).ShouldBe([s_first]);
    }

    [Theory, OnEachBackend]
    public async Task What_a_failed_call_or_another_job_left_under_the_id_is_not_taken_for_the_run(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        await world.Cron.AddOrUpdateAsync("other", "* * * * *", () => TestJobs.Nothing());
        IDatabase database = world.Rq.Database;
        await database.HashSetAsync(world.Rq.Keys.Job(CronJobId.Of("job", s_first)), [new(JobFields.Status, "queued"), new(JobFields.Origin, "default"), new(JobFields.CronName, "job")]);
        await database.HashSetAsync(world.Rq.Keys.Job(CronJobId.Of("other", s_first)), [new(JobFields.Status, "finished"), new(JobFields.Origin, "default"), new(JobFields.CronName, "third")]);

        world.Now = s_first;
        await RunAsync(world.Duty());

        ((await world.TimesAsync("job")).Single(), (await world.TimesAsync("other")).Single()).ShouldBe((s_first, s_first));
        (await world.EntryAsync("job")).EnqueuedCount.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_right_that_never_runs_out_is_nobodys(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.CronLock, "restored-from-a-dump");

        world.Now = s_first;
        await RunAsync(world.Duty());

        (await world.TimesAsync("job")).ShouldBe([s_first]);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.CronLock)).ShouldNotBeNull();
    }

    [Theory, OnEachBackend]
    public async Task Odd_entries_among_the_due_ones_hold_up_nobody_and_are_told_once(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        IDatabase database = world.Rq.Database;
        Keys keys = world.Rq.Keys;
        HashEntry[] noVersion = [.. (await database.HashGetAllAsync(keys.CronSchedule("job"))).Where(field => field.Name != CronFields.Version)];
        // More than a bite of each kind, all before the good one.
        for (int n = 0; n < 120; n++)
        {
            await database.SortedSetAddAsync(keys.CronDue, [new($"gone-{n}", 1), new($"no-version-{n}", 2)]);
            await database.HashSetAsync(keys.CronSchedule($"no-version-{n}"), noVersion);
        }

        byte[] noText = [(byte)'x', 0xff, 0xfe];
        await database.SortedSetAddAsync(keys.CronDue, noText, 3);
        await database.SortedSetAddAsync(keys.CronDue, (byte[])[0xc3], 3);
        await database.HashSetAsync(((RedisKey)keys.CronSchedule("")).Append(noText), CronFields.Version, 1);
        await database.SortedSetAddAsync(keys.CronDue, "string", 4);
        await database.StringSetAsync(keys.CronSchedule("string"), "odd");
        foreach ((string name, RedisValue version) in new (string, RedisValue)[] { ("no-number", "one"), ("no-text", (byte[])[0xff]) })
        {
            await world.Cron.AddOrUpdateAsync(name, "* * * * *", () => TestJobs.Nothing());
            await database.HashSetAsync(keys.CronSchedule(name), CronFields.Version, version);
            await database.SortedSetAddAsync(keys.CronDue, name, 5);
        }

        CronDuty duty = world.Duty();
        world.Now = s_first;
        (await RunAsync(duty)).ShouldBeLessThan(12, "passes");
        (await world.TimesAsync("job")).ShouldBe([s_first]);
        world.Now += TimeSpan.FromMinutes(1);
        (await RunAsync(duty)).ShouldBeLessThan(12, "passes");

        (await world.TimesAsync("job")).Length.ShouldBe(2);
        (await database.SortedSetLengthAsync(keys.CronDue)).ShouldBe(120 + 1 + 2 + 1, "what is no schedule and has no key is taken off");
        ILookup<int, object> told = world.Logs.GetSnapshot().ToLookup(record => record.Id.Id, object (record) => record);
        (told[180].Count(), told[173].Count()).ShouldBe((122, 123));
    }

    [Theory, OnEachBackend]
    public Task A_schedule_without_a_version_is_no_hot_loop(Backend backend) =>
        OddAsync(backend, (database, key) => database.HashDeleteAsync(key, CronFields.Version), 173);

    [Theory, OnEachBackend]
    public Task A_schedule_whose_version_is_no_text_is_no_hot_loop(Backend backend) =>
        OddAsync(backend, (database, key) => database.HashSetAsync(key, CronFields.Version, (byte[])[0xff]), 173);

    [Theory, OnEachBackend]
    public async Task A_name_that_is_no_text_is_no_hot_loop(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.CronDue, (byte[])[0xc3], 1);

        (await RunAsync(world.Duty())).ShouldBe(1);

        (await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.CronDue)).ShouldBe(1);
    }

    private static async Task OddAsync(Backend backend, Func<IDatabase, RedisKey, Task> change, int told)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        await change(world.Rq.Database, world.Rq.Keys.CronSchedule("job"));
        CronDuty duty = world.Duty();
        for (int n = 1; n <= 2; n++)
        {
            world.Now = s_first.AddMinutes(n);
            (await RunAsync(duty)).ShouldBeInRange(1, 2);
        }

        (await world.JobsAsync()).ShouldBeEmpty();
        world.Logs.GetSnapshot().Count(record => record.Id.Id == told).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task An_entry_that_is_ahead_of_its_schedule_is_put_right(Backend backend)
    {
        foreach (CronOverlap overlap in new[] { CronOverlap.Allow, CronOverlap.Skip })
        {
            await using CronWorld world = await WithScheduleAsync(backend, schedule => schedule with { Overlap = overlap });
            await world.Cron.TriggerAsync("job");
            await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.CronDue, "job", 1);

            (await RunAsync(world.Duty())).ShouldBe(1);

            (await world.JobsAsync()).Count.ShouldBe(1);
            (await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.CronDue, "job")).ShouldBe(s_first.ToUnixTimeSeconds());
        }
    }

    [Theory, OnEachBackend]
    public async Task A_due_time_that_no_calendar_has_holds_up_nobody(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.CronDue, "odd", s_first.AddYears(1).ToUnixTimeMilliseconds());

        world.Now = s_first;
        CronDuty duty = world.Duty();
        await RunAsync(duty);
        (await world.TimesAsync("job")).ShouldBe([s_first]);
        await world.Cron.RemoveAsync("job");
        await world.Cron.AddOrUpdateAsync("last", "0 0 1 1 *", () => TestJobs.Nothing());
        await world.Rq.Database.SortedSetRemoveAsync(world.Rq.Keys.CronDue, "last");

        (await duty.PassAsync(CancellationToken.None)).ShouldBe(SchedulerIdentity.RenewEvery, "nothing else is to come");
    }

    [Theory, OnEachBackend]
    public async Task Who_comes_too_late_takes_no_job_away(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend, schedule => schedule with { Overlap = CronOverlap.CancelPrevious });
        CronDuty duty = world.Duty();
        world.Now = s_first;
        await RunAsync(duty);
        Job first = (await world.JobsAsync()).Single();
        StoredCron read = (await CronRead.ExecuteAsync(world.Rq, ["job"], CancellationToken.None)).Schedules[0];
        DateTimeOffset slot = read.Next!.Value;
        world.Now = slot;

        // As a scheduler that stands still after it has read.
        await world.Cron.PauseAsync("job");
        CronRunner.Run run = await new CronRunner(world.Rq).RunAsync(read, new CronStep(slot, slot, 0, slot.AddMinutes(1)), slot.AddMinutes(1), CronJobId.Of("job", slot));

        run.Verdict.ShouldBe(CronVerdict.Stale);
        (await first.GetStatusAsync()).ShouldBe(JobStatus.Queued);
    }

    [Theory, OnEachBackend]
    public async Task A_time_that_was_run_before_its_schedule_was_stored_anew_keeps_its_job(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:00.2");
        CronDuty duty = world.Duty();
        foreach (CronOverlap overlap in Enum.GetValues<CronOverlap>())
        {
            string name = overlap.ToString();
            for (int n = 0; n < 2; n++)
            {
                await world.Cron.RemoveAsync(name);
                await world.Cron.AddOrUpdateAsync(CronSchedule.Every(name, TimeSpan.FromMinutes(1), () => TestJobs.Nothing()) with { Overlap = overlap });
                await RunAsync(duty);
            }

            (await world.TimesAsync(name)).ShouldBe([CronWorld.At("2026-03-02 10:00:00")]);
            CronEntry entry = await world.EntryAsync(name);
            (entry.EnqueuedCount, entry.SkippedCount, entry.NextTime).ShouldBe((0, 0, CronWorld.At("2026-03-02 10:01:00")));
        }
    }

    [Theory, OnEachBackend]
    public async Task A_job_before_that_cannot_be_ended_is_waited_for(Backend backend)
    {
        await using CronWorld world = await WithScheduleAsync(backend, schedule => schedule with { Overlap = CronOverlap.CancelPrevious });
        CronDuty duty = world.Duty();
        world.Now = s_first;
        await RunAsync(duty);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Canceled("default"), "odd");

        world.Now += TimeSpan.FromMinutes(1);
        await RunAsync(duty);

        CronEntry entry = await world.EntryAsync("job");
        (entry.EnqueuedCount, entry.LastTime).ShouldBe((2, world.Now));
        int[] told = [.. world.Logs.GetSnapshot().Where(record => record.Level >= LogLevel.Warning).Select(record => record.Id.Id)];
        told.ShouldBe([181], "it was enqueued, so that is not a run that failed");
        (await world.Cron.TriggerAsync("job")).ShouldNotBeNull("by hand too");
    }

    [Theory, OnEachBackend]
    public async Task Missed_runs_are_skipped_only_when_they_are_later_than_a_change_of_schedulers_takes(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule schedule = CronSchedule.For("job", "* * * * *", () => TestJobs.Nothing()) with { MissedRuns = MissedRuns.Skip, MisfireThreshold = TimeSpan.Zero };

        (await Should.ThrowAsync<ArgumentException>(() => world.Cron.AddOrUpdateAsync(schedule))).Message.ShouldContain("00:00:06");
        await world.Cron.AddOrUpdateAsync(schedule with { MisfireThreshold = TimeSpan.FromSeconds(6) });
        world.Now = s_first.AddSeconds(5.9);
        await RunAsync(world.Duty());

        (await world.TimesAsync("job")).ShouldBe([s_first]);
    }

    private static async Task<CronWorld> WithScheduleAsync(Backend backend, Func<CronSchedule, CronSchedule>? change = null)
    {
        CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        CronSchedule schedule = CronSchedule.For("job", "* * * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync(change?.Invoke(schedule) ?? schedule);
        return world;
    }

    /// <summary>Has a scheduler do all that is due now.</summary>
    /// <returns>How many passes found something. Those that go round in circles are an error.</returns>
    private static async Task<int> RunAsync(CronDuty duty)
    {
        for (int passes = 0; passes < 50; passes++)
        {
            if (await duty.PassAsync(CancellationToken.None) > TimeSpan.Zero)
                return passes;
        }

        throw new InvalidOperationException("The scheduler finds something due again and again.");
    }

    private static async Task<string[]> JobKeysAsync(CronWorld world)
    {
        var keys = new List<string>();
        await foreach (RedisKey key in world.Rq.Multiplexer.GetServers()[0].KeysAsync(world.Rq.Database.Database, $"{world.Rq.Keys.Prefix}job:*"))
            keys.Add(key!);
        return [.. keys];
    }
}
