using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>Storing, changing and removing schedules.</summary>
public class CronStoreTests
{
    private static readonly JobOptions s_allOptions = new()
    {
        Timeout = TimeSpan.FromMinutes(5),
        ResultTtl = TimeSpan.FromHours(1),
        FailureTtl = Timeout.InfiniteTimeSpan,
        Ttl = TimeSpan.FromDays(1),
        Description = "the report",
        AtFront = true,
        Meta = new Dictionary<string, object?> { ["owner"] = "me", ["n"] = 1 },
        Retry = new Retry(3, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20)) { AtFront = true, NeverOn = [typeof(FormatException)] },
        OnSuccess = Callback.To("site.done", TimeSpan.FromSeconds(5)),
        OnFailure = Callback.To("site.failed"),
        OnStopped = Callback.To("site.stopped"),
        Webhooks = [new Webhook("http://127.0.0.1:1/hook", JobStatus.Failed) { Method = HttpMethod.Post }],
        Group = "reports",
        RateLimit = new RateLimit("mail", 2),
        OnAbandoned = AbandonedJob.Fail,
    };

    [Theory, OnEachBackend]
    public async Task CRN_2_a_schedule_is_read_back_as_it_was_stored(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        var schedule = new CronSchedule
        {
            Name = "grüße: a b/c",
            Call = JobCall.To("site.report", ["text", 1, null, new List<object?> { 1.5, true }], new Dictionary<string, object?> { ["kind"] = "short" }),
            Cron = "0 9 * * MON-FRI",
            TimeZone = "Europe/Berlin",
            Queue = "reports",
            Options = s_allOptions,
            MissedRuns = MissedRuns.RunAll(5),
            MisfireThreshold = TimeSpan.FromSeconds(30.5),
            Overlap = CronOverlap.QueueOne,
            StartsAt = CronWorld.At("2026-03-03 12:00"),
            EndsAt = CronWorld.At("2026-06-01 00:00"),
            Jitter = TimeSpan.FromMinutes(2),
        };

        (await world.Cron.AddOrUpdateAsync(schedule)).ShouldBeTrue();
        CronEntry entry = await world.EntryAsync(schedule.Name);

        CronSchedule stored = entry.Schedule;
        stored.Call.ToString().ShouldBe(schedule.Call.ToString());
        (stored with { Call = schedule.Call, Options = null }).ShouldBe(schedule with { Options = null });
        JobOptions options = stored.Options.ShouldNotBeNull();
        (options with { Meta = null, Retry = null, OnSuccess = null, OnFailure = null, OnStopped = null, Webhooks = null })
            .ShouldBe(s_allOptions with { Meta = null, Retry = null, OnSuccess = null, OnFailure = null, OnStopped = null, Webhooks = null });
        options.Meta!["owner"].ShouldBe("me");
        (options.Retry!.Max, options.Retry.AtFront, options.Retry.NeverOn.Single()).ShouldBe((3, true, typeof(FormatException)));
        options.Retry.Intervals.Select(interval => interval.TotalSeconds).ShouldBe([10, 20, 20]);
        (options.OnSuccess!.Function, options.OnSuccess.Timeout.TotalSeconds, options.OnFailure!.Function, options.OnStopped!.Function)
            .ShouldBe(("site.done", 5, "site.failed", "site.stopped"));
        options.Webhooks!.Single().Url.ShouldBe(s_allOptions.Webhooks![0].Url);
        (entry.Source, entry.IsPaused, entry.EnqueuedCount, entry.SkippedCount, entry.LastTime, entry.LastJobId, entry.LastOutcome).ShouldBe(("", false, 0, 0, null, null, null));
        entry.CreatedAt.ShouldBe(world.Now);
        entry.NextTime!.Value.ShouldBeInRange(CronWorld.At("2026-03-04 08:00"), CronWorld.At("2026-03-04 08:02"));

        (await world.Cron.AddOrUpdateAsync(stored)).ShouldBeFalse("what was read is what is stored");
        (await world.Cron.AddOrUpdateAsync(schedule)).ShouldBeFalse();
        (await world.Cron.ListAsync()).Select(each => each.Name).ShouldBe([schedule.Name]);
    }

    [Theory, OnEachBackend]
    public async Task An_entry_is_edited_by_storing_what_was_read_with_changes(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync("job", "0 * * * *", () => TestJobs.Greet("you", "Hi", "!"));
        CronSchedule read = (await world.EntryAsync("job")).Schedule;
        (read.Queue, read.Options!.Description).ShouldBe(("default", null));

        (await world.Cron.AddOrUpdateAsync(read with { Call = JobCall.To("site.other", 7), Interval = TimeSpan.FromMinutes(10), Cron = null })).ShouldBeTrue();

        CronEntry entry = await world.EntryAsync("job");
        (entry.Schedule.Cron, entry.Schedule.Interval, entry.Schedule.Call.ToString()).ShouldBe((null, TimeSpan.FromMinutes(10), "site.other(7)"));
        entry.NextTime.ShouldBe(world.Now.AddMinutes(10));
    }

    [Theory, OnEachBackend]
    public async Task What_cannot_be_is_refused_and_nothing_is_stored(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule good = CronSchedule.For("good", "* * * * *", () => TestJobs.Nothing());
        (CronSchedule Schedule, string Says)[] bad =
        [
            (good with { Name = "" }, "needs a name"),
            (good with { Name = "a\nb" }, "control characters"),
            (good with { Name = new string('x', 201) }, "200"),
            (good with { Cron = null }, "does not say when"),
            (good with { Interval = TimeSpan.FromSeconds(1) }, "both"),
            (good with { Cron = "* * *" }, "* * *"),
            (good with { TimeZone = "Europe/Atlantis" }, "Europe/Atlantis"),
            (good with { Queue = "" }, "queue"),
            (good with { MisfireThreshold = TimeSpan.FromSeconds(-1) }, "misfire"),
            (good with { Overlap = (CronOverlap)9 }, "overlap"),
            (good with { Options = new JobOptions { Id = "x" } }, "Id"),
            (good with { Options = new JobOptions { DueIn = TimeSpan.FromSeconds(1) } }, "StartsAt"),
            (good with { Options = new JobOptions { DueAt = DateTimeOffset.UnixEpoch } }, "StartsAt"),
            (good with { Options = new JobOptions { DependsOn = ["x"] } }, "DependsOn"),
            (good with { Options = new JobOptions { Repeat = new Repeat(1) } }, "Repeat"),
            (good with { Options = new JobOptions { Timeout = TimeSpan.Zero } }, "Timeout"),
        ];
        foreach ((CronSchedule schedule, string says) in bad)
        {
            (await Should.ThrowAsync<ArgumentException>(() => world.Cron.AddOrUpdateAsync(schedule))).Message.ShouldContain(says);
            await Should.ThrowAsync<ArgumentException>(() => world.Cron.ReplaceAsync("site", [good, schedule]));
        }

        (await Should.ThrowAsync<ArgumentException>(() => world.Cron.ReplaceAsync("site", [good, good]))).Message.ShouldContain("2 schedules named 'good'");
        await Should.ThrowAsync<ArgumentException>(() => world.Cron.ReplaceAsync(" ", [good]));
        byte[] large = new byte[new RqConnectionOptions().MaxJobSize + 1];
        await Should.ThrowAsync<JobTooLargeException>(() => world.Cron.AddOrUpdateAsync("large", "* * * * *", () => TestJobs.Echo(large)));
        (await world.Cron.ListAsync()).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task Changed_times_go_on_after_now_and_after_the_last_one_and_changed_arguments_leave_them_alone(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 10:00:30");
        CronSchedule schedule = CronSchedule.For("job", "*/30 * * * *", () => TestJobs.Greet("you", "Hi", "!"));
        await world.Cron.AddOrUpdateAsync(schedule);
        await world.RunUntilAsync(CronWorld.At("2026-03-02 10:30:20"));
        (await world.EntryAsync("job")).LastTime.ShouldBe(CronWorld.At("2026-03-02 10:30"));

        // The server's clock is set back: 10:30 is not run again.
        world.Now = CronWorld.At("2026-03-02 10:29:00");
        (await world.Cron.AddOrUpdateAsync(schedule with { Cron = "*/10 * * * *" })).ShouldBeTrue();
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-02 10:40"));

        world.Now = CronWorld.At("2026-03-02 10:55:00");
        (await world.Cron.AddOrUpdateAsync(schedule with { Cron = "*/10 * * * *", Options = new JobOptions { Description = "other" } })).ShouldBeTrue();
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-02 10:40"), "it is still due");
        (await world.Cron.AddOrUpdateAsync(schedule with { Cron = "*/7 * * * *" })).ShouldBeTrue();
        (await world.EntryAsync("job")).NextTime.ShouldBe(CronWorld.At("2026-03-02 10:56"));
    }

    [Theory, OnEachBackend]
    public async Task A_paused_schedule_rests_also_when_it_is_stored_again_and_goes_on_from_now(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule schedule = CronSchedule.For("job", "0 * * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync(schedule);

        (await world.Cron.PauseAsync("job")).ShouldBeTrue();
        (await world.Cron.PauseAsync("job")).ShouldBeTrue();
        (await world.Cron.AddOrUpdateAsync(schedule)).ShouldBeFalse();
        (await world.Cron.AddOrUpdateAsync(schedule with { Cron = "30 * * * *" })).ShouldBeTrue();
        await world.RunUntilAsync(world.Now.AddHours(5));
        CronEntry paused = await world.EntryAsync("job");
        (paused.IsPaused, paused.NextTime, paused.EnqueuedCount).ShouldBe((true, null, 0));

        (await world.Cron.ResumeAsync("job")).ShouldBeTrue();
        (await world.Cron.ResumeAsync("job")).ShouldBeTrue();
        CronEntry resumed = await world.EntryAsync("job");
        (resumed.IsPaused, resumed.NextTime).ShouldBe((false, world.Now.AddMinutes(30)));
        await world.RunUntilAsync(world.Now.AddHours(1));
        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 05:30")]);

        (await world.Cron.PauseAsync("none")).ShouldBeFalse();
        (await world.Cron.ResumeAsync("none")).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task A_removed_schedule_is_gone_and_its_jobs_stay(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("job", TimeSpan.FromMinutes(1), () => TestJobs.Nothing()));
        await CronWorld.RunAsync(world.Duty());

        (await world.Cron.RemoveAsync("job")).ShouldBeTrue();
        (await world.Cron.RemoveAsync("job")).ShouldBeFalse();

        (await world.Cron.FindAsync("job")).ShouldBeNull();
        (await world.Cron.ListAsync()).ShouldBeEmpty();
        (await world.JobsAsync()).Count.ShouldBe(1);
        (await world.Cron.GetJobIdsAsync("job")).Count.ShouldBe(1);
        Keys keys = world.Rq.Keys;
        (await world.Rq.Database.KeyExistsAsync([keys.CronSchedule("job"), keys.CronDue, keys.CronSchedules])).ShouldBe(0);
        (await world.Rq.Database.KeyTimeToLiveAsync(keys.CronChanges)).ShouldNotBeNull().TotalSeconds.ShouldBeLessThanOrEqualTo(60);
    }

    [Theory, OnEachBackend]
    public async Task A_time_is_not_run_twice_when_its_schedule_is_removed_and_stored_again(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 09:59:00");
        CronSchedule schedule = CronSchedule.For("job", "0 * * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync(schedule);
        await world.RunUntilAsync(CronWorld.At("2026-03-02 10:00:01"));

        await world.Cron.RemoveAsync("job");
        world.Now = CronWorld.At("2026-03-02 09:59:30");
        await world.Cron.AddOrUpdateAsync(schedule);
        await world.RunUntilAsync(CronWorld.At("2026-03-02 11:00:01"));

        (await world.TimesAsync("job")).ShouldBe([CronWorld.At("2026-03-02 10:00"), CronWorld.At("2026-03-02 11:00")]);
        (await world.EntryAsync("job")).EnqueuedCount.ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task A_table_replaces_what_its_source_stored_before_and_nothing_else(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule Named(string name) => CronSchedule.For(name, "0 * * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync(Named("own"));
        await world.Cron.ReplaceAsync("other", [Named("theirs"), Named("taken")]);

        await world.Cron.ReplaceAsync("site", [Named("a"), Named("b"), Named("taken")]);
        await world.Cron.PauseAsync("b");
        await world.Cron.ReplaceAsync("site", [Named("b"), Named("c"), Named("taken")]);
        await world.Cron.ReplaceAsync("other", [Named("theirs")]);

        IReadOnlyList<CronEntry> entries = await world.Cron.ListAsync();
        entries.Select(entry => (entry.Name, entry.Source)).ShouldBe([("b", "site"), ("c", "site"), ("own", ""), ("taken", "site"), ("theirs", "other")]);
        entries[0].IsPaused.ShouldBeTrue();
        await world.Cron.ReplaceAsync("site", []);
        (await world.Cron.ListAsync()).Select(entry => entry.Name).ShouldBe(["own", "theirs"]);
        (await world.Rq.Database.HashKeysAsync(world.Rq.Keys.CronTables)).ShouldBe(["other"]);
        await world.Cron.ReplaceAsync("other", []);
        await world.Cron.RemoveAsync("own");
        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.CronTables)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task A_large_table_is_stored_and_replaced(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        CronSchedule Numbered(int n) => new() { Name = $"job-{n:d4}", Call = JobCall.To("site.work", n), Cron = "0 0 * * *" };

        await world.Cron.ReplaceAsync("site", Enumerable.Range(0, 1000).Select(Numbered));
        (await world.Cron.ListAsync()).Count.ShouldBe(1000);
        await world.Cron.ReplaceAsync("site", Enumerable.Range(990, 20).Select(Numbered));

        (await world.Cron.ListAsync()).Select(entry => entry.Name).ShouldBe(Enumerable.Range(990, 20).Select(n => $"job-{n:d4}"));
    }

    [Theory, OnEachBackend]
    public async Task Strangers_in_the_place_of_a_schedule_stop_nobody(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        Keys keys = world.Rq.Keys;
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("good", TimeSpan.FromMinutes(1), () => TestJobs.Nothing()));
        foreach (string name in (string[])["list", "empty", "garbage", "nothing", "no-data"])
        {
            await world.Rq.Database.SetAddAsync(keys.CronSchedules, name);
            await world.Rq.Database.SortedSetAddAsync(keys.CronDue, name, 1);
        }

        await world.Rq.Database.ListLeftPushAsync(keys.CronSchedule("list"), "x");
        await world.Rq.Database.HashSetAsync(keys.CronSchedule("empty"), "x", "y");
        await world.Rq.Database.HashSetAsync(keys.CronSchedule("garbage"), [new("version", 1), new("next", "abc"), new("cron", "what?"), new("overlap", "perhaps"), new("queue", "q")]);
        await world.Rq.Database.HashSetAsync(keys.CronSchedule("no-data"), [
            new("version", 1), new("next", 1), new("due", 1), new("cron", "* * * * *"), new("overlap", "allow"), new("queue", "q"), new("missed_runs", "once"), new("misfire_threshold", 60)]);

        await CronWorld.RunAsync(world.Duty());

        (await world.TimesAsync("good")).Length.ShouldBe(1);
        (await world.Cron.ListAsync()).Select(entry => entry.Name).ShouldBe(["good"]);
        (await Should.ThrowAsync<RqException>(() => world.Cron.FindAsync("garbage"))).Message.ShouldContain("data");
        world.Logs.GetSnapshot().Count(record => record.Id.Id is 173 or 180).ShouldBe(5, "each is told once");

        // They are no hot loop, and can be stored over.
        await CronWorld.RunAsync(world.Duty());
        foreach (string name in (string[])["list", "empty", "nothing"])
            (await world.Cron.AddOrUpdateAsync(CronSchedule.For(name, "0 * * * *", () => TestJobs.Nothing()))).ShouldBeTrue();
        (await world.Cron.ListAsync()).Select(entry => entry.Name).ShouldBe(["empty", "good", "list", "nothing"]);
    }
}
