using RQ.Redis;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>The jobs of schedules: how they look, what is remembered of them, and jobs by hand.</summary>
public class CronJobTests
{
    [Theory, OnEachBackend]
    public async Task CRN_10_the_jobs_of_a_schedule_are_remembered_the_newest_first(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("job", "* * * * * *", () => TestJobs.Nothing()) with { MisfireThreshold = TimeSpan.FromDays(1) });
        CronDuty duty = world.Duty();

        await world.RunUntilAsync(duty, world.Now.AddSeconds(1010));

        IReadOnlyList<string> ids = await world.Cron.GetJobIdsAsync("job");
        ids.Count.ShouldBe(1000);
        IReadOnlyList<string> queued = await world.World.Queue().GetJobIdsAsync();
        ids.ShouldBe(queued.Reverse().Take(1000));
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.CronJobs("job"))).ShouldNotBeNull().TotalDays.ShouldBe(365, 1);
    }

    [Theory, OnEachBackend]
    public async Task CRN_9_what_was_run_last_is_remembered_with_how_it_ended(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync("good", "1 0 * * *", () => TestJobs.Add(1, 2), options: new JobOptions { ResultTtl = TimeSpan.Zero });
        await world.Cron.AddOrUpdateAsync("bad", "1 0 * * *", () => TestJobs.Fail("no"), options: new JobOptions { FailureTtl = TimeSpan.Zero });
        await world.Cron.AddOrUpdateAsync("taken-back", "1 0 * * *", () => TestJobs.Nothing());
        await world.Cron.AddOrUpdateAsync("deleted", "1 0 * * *", () => TestJobs.Nothing());
        await world.RunUntilAsync(CronWorld.At("2026-03-02 00:01:10"));
        CronEntry queued = await world.EntryAsync("good");
        (queued.LastOutcome, queued.LastTime, queued.LastEnqueuedAt).ShouldBe((JobStatus.Queued, CronWorld.At("2026-03-02 00:01"), CronWorld.At("2026-03-02 00:01")));
        Job job = await Job.FetchAsync(queued.LastJobId!, world.Rq);
        (job.CronName, job.CronTime, job.Origin, job.Description).ShouldBe(("good", CronWorld.At("2026-03-02 00:01"), "default", "RQ.TestSupport.TestJobs.Add(1, 2)"));
        await (await Job.FetchAsync((await world.EntryAsync("taken-back")).LastJobId!, world.Rq)).CancelAsync(ttl: TimeSpan.Zero);
        await (await Job.FetchAsync((await world.EntryAsync("deleted")).LastJobId!, world.Rq)).DeleteAsync();

        world.Rq.ScriptClock = null;
        await world.World.RunBurstAsync();

        (await Job.ExistsAsync(job.Id, world.Rq)).ShouldBeFalse();
        (await world.Cron.ListAsync()).Select(entry => (entry.Name, entry.LastOutcome)).ShouldBe([
            ("bad", JobStatus.Failed), ("deleted", (JobStatus?)null), ("good", JobStatus.Finished), ("taken-back", JobStatus.Canceled)]);
    }

    [Theory, OnEachBackend]
    public async Task The_end_of_an_older_job_is_not_taken_for_that_of_the_newest(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing());
        await world.RunUntilAsync(CronWorld.At("2026-03-02 00:02:10"));

        world.Rq.ScriptClock = null;
        await world.World.RunBurstAsync(configure: options => options.MaxJobs = 1);

        (await world.EntryAsync("job")).LastOutcome.ShouldBe(JobStatus.Queued);
        (await world.Rq.Database.HashExistsAsync(world.Rq.Keys.CronSchedule("job"), CronFields.LastOutcome)).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task All_options_of_a_schedule_hold_for_its_jobs(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        Queue queue = world.World.Queue("reports");
        Job other = await queue.EnqueueAsync(JobCall.To("other"));
        var options = new JobOptions { AtFront = true, Ttl = TimeSpan.FromMinutes(5), Group = "g", Meta = new Dictionary<string, object?> { ["k"] = "v" }, Timeout = TimeSpan.FromSeconds(7) };
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("front", "1 0 * * *", () => TestJobs.Nothing()) with { Queue = "reports", Options = options });
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("limited", "1 0 * * *", () => TestJobs.Nothing()) with { Queue = "reports", Options = new JobOptions { RateLimit = new RateLimit("mail", 1) } });
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("limited-too", "1 0 * * *", () => TestJobs.Nothing()) with { Queue = "reports", Options = new JobOptions { RateLimit = new RateLimit("mail", 1) } });

        await world.RunUntilAsync(CronWorld.At("2026-03-02 00:01:10"));

        Job front = await Job.FetchAsync((await world.EntryAsync("front")).LastJobId!, world.Rq);
        (front.Group, front.Meta["k"], front.Timeout, front.Ttl).ShouldBe(("g", "v", TimeSpan.FromSeconds(7), TimeSpan.FromMinutes(5)));
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Job(front.Id))).ShouldNotBeNull();
        IReadOnlyList<string> ids = await queue.GetJobIdsAsync();
        (ids.Count, ids[0], ids[1]).ShouldBe((3, front.Id, other.Id));
        JobStatus?[] limited = [(await world.EntryAsync("limited")).LastOutcome, (await world.EntryAsync("limited-too")).LastOutcome];
        limited.Order().ShouldBe([JobStatus.Queued, JobStatus.RateLimited]);
    }

    [Theory, OnEachBackend]
    public async Task CRN_2_what_happens_after_a_job_is_stored_with_it(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        var options = new JobOptions
        {
            Retry = new Retry(3, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1)) { AtFront = true }, Description = "The report", OnAbandoned = AbandonedJob.Fail,
            OnSuccess = Callback.To("a.sent", TimeSpan.FromSeconds(7)), OnFailure = Callback.To("a.failed"), OnStopped = Callback.To("a.stopped"),
            Webhooks = [new Webhook("https://example.org/h", JobStatus.Failed) { Method = HttpMethod.Post, Headers = new Dictionary<string, string> { ["X-Key"] = "1" } }],
            ResultTtl = TimeSpan.FromMinutes(3), FailureTtl = TimeSpan.FromHours(2),
        };
        await world.Cron.AddOrUpdateAsync("job", "1 0 * * *", () => TestJobs.Nothing(), options: options);
        // As it is when it is enqueued by itself.
        Job alone = await world.World.Queue("other").EnqueueAsync(() => TestJobs.Nothing(), options);

        await world.RunUntilAsync(CronWorld.At("2026-03-02 00:01:10"));

        string[] fields =
        [
            "retries_left", "retry_intervals", "enqueue_at_front_on_retry", "description", "on_abandoned", "success_callback_name", "success_callback_timeout", "failure_callback_name",
            "failure_callback_timeout", "stopped_callback_name", "stopped_callback_timeout", "webhooks", "result_ttl", "failure_ttl", "timeout",
        ];
        string id = (await world.EntryAsync("job")).LastJobId!;
        foreach (string field in fields)
        {
            string? wanted = await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(alone.Id), field);
            wanted.ShouldNotBeNull(field);
            ((string?)await world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(id), field)).ShouldBe(wanted, field);
        }
    }

    [Theory, OnEachBackend]
    public async Task Schedules_of_lambdas_are_stored_in_one_call(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend);
        await world.Cron.AddOrUpdateAsync<CronTarget>("a", "0 * * * *", target => target.Run("x"), "Europe/Berlin", new JobOptions { Timeout = TimeSpan.FromSeconds(7) });
        await world.Cron.AddOrUpdateAsync<CronTarget>("b", "0 * * * *", target => target.RunAsync("y"));

        IReadOnlyList<CronEntry> entries = await world.Cron.ListAsync();

        entries.Select(entry => (entry.Schedule.Call.ToString().Split('.')[^1], entry.Schedule.TimeZone)).ShouldBe([("Run('x')", "Europe/Berlin"), ("RunAsync('y')", "UTC")]);
        entries[0].Schedule.Options!.Timeout.ShouldBe(TimeSpan.FromSeconds(7));
    }

    [Theory, OnEachBackend]
    public async Task A_job_by_hand_comes_beside_the_times_of_the_schedule(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync("job", "0 * * * *", () => TestJobs.Nothing());
        await world.Cron.PauseAsync("job");

        Job first = (await world.Cron.TriggerAsync("job"))!, second = (await world.Cron.TriggerAsync("job"))!;

        (first.Status, first.CronName, first.CronTime, first.Origin).ShouldBe((JobStatus.Queued, "job", null, "default"));
        first.Id.ShouldNotBe(second.Id);
        CronEntry entry = await world.EntryAsync("job");
        (entry.IsPaused, entry.NextTime, entry.LastTime, entry.LastJobId, entry.EnqueuedCount).ShouldBe((true, null, null, second.Id, 2));
        (await world.Cron.GetJobIdsAsync("job")).Order().ShouldBe(new[] { first.Id, second.Id }.Order());
        await Should.ThrowAsync<CronNotFoundException>(() => world.Cron.TriggerAsync("none"));
    }

    [Theory, OnEachBackend]
    public async Task A_job_by_hand_keeps_the_overlap_rule(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("skip", "0 * * * *", () => TestJobs.Nothing()) with { Overlap = CronOverlap.Skip });
        await world.Cron.AddOrUpdateAsync(CronSchedule.For("cancel", "0 * * * *", () => TestJobs.Nothing()) with { Overlap = CronOverlap.CancelPrevious });

        (await world.Cron.TriggerAsync("skip")).ShouldNotBeNull();
        (await world.Cron.TriggerAsync("skip")).ShouldBeNull();
        Job first = (await world.Cron.TriggerAsync("cancel"))!;
        Job second = (await world.Cron.TriggerAsync("cancel"))!;

        ((await first.GetStatusAsync()), (await second.GetStatusAsync())).ShouldBe((JobStatus.Canceled, JobStatus.Queued));
        (await world.EntryAsync("skip")).SkippedCount.ShouldBe(0);
    }

    [Theory, OnEachBackend]
    public async Task Jobs_by_hand_from_many_sides_are_all_enqueued(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync("job", "* * * * *", () => TestJobs.Nothing());
        CronDuty duty = world.Duty();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.Cron.TriggerAsync("job")));
        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:05:10"));

        (await world.EntryAsync("job")).EnqueuedCount.ShouldBe(25);
        (await world.JobsAsync()).Count.ShouldBe(25);
    }
}

/// <summary>An object that a worker makes.</summary>
public sealed class CronTarget
{
    public void Run(string text) => Console.WriteLine($"{this} {text}");

    public Task RunAsync(string text) => Task.Run(() => Run(text));
}
