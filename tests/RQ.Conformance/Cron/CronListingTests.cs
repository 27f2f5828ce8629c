using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using RQ.Scheduling;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Cron;

/// <summary>The list of cron schedulers, as RQ's tools read it.</summary>
public class CronListingTests
{
    [Theory, OnEachBackend]
    public async Task CRN_8_the_scheduler_that_runs_the_schedules_is_listed_with_them(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30.5");
        await world.Cron.AddOrUpdateAsync(CronSchedule.Every("add", TimeSpan.FromSeconds(30), () => TestJobs.Add(1, 2)) with { Options = new JobOptions { Timeout = TimeSpan.FromSeconds(60) } });
        await world.Cron.AddOrUpdateAsync(new CronSchedule
        {
            Name = "greet",
            Call = JobCall.To("site.greet", ["you"], new Dictionary<string, object?> { ["greeting"] = "Hé" }),
            Cron = "*/5 * * * *",
            Queue = "low",
            Options = new JobOptions { Meta = new Dictionary<string, object?> { ["m"] = 1 }, ResultTtl = TimeSpan.FromSeconds(7), FailureTtl = TimeSpan.FromSeconds(8), Ttl = TimeSpan.FromSeconds(9) },
        });
        CronDuty duty = world.Duty(), other = world.Duty();
        await CronWorld.RunAsync(duty);
        await world.Rq.Database.KeyExpireAsync(world.Rq.Keys.CronLock, TimeSpan.FromMinutes(1));
        await CronWorld.RunAsync(other);

        CronSchedulerInfo info = (await world.Cron.ListSchedulersAsync()).ShouldHaveSingleItem();
        (info.HostName, info.ProcessId, info.ConfigFile, info.LastHeartbeat).ShouldBe((Environment.MachineName, Environment.ProcessId, "", world.Now));
        info.Name.ShouldMatch($"^{System.Text.RegularExpressions.Regex.Escape(Environment.MachineName)}:{Environment.ProcessId}:[0-9a-f]{{6}}$");
        info.Jobs.ShouldBe([
            new CronJobInfo("add", "RQ.TestSupport.TestJobs.Add", "default", null, TimeSpan.FromSeconds(30), world.Now, CronWorld.At("2026-03-02 00:01:00")),
            new CronJobInfo("greet", "site.greet", "low", "*/5 * * * *", null, null, CronWorld.At("2026-03-02 00:05:00"))]);

        // What RQ's CronScheduler.fetch reads.
        RedisKey key = world.Rq.Keys.CronScheduler(info.Name);
        Dictionary<string, string> fields = (await world.Rq.Database.HashGetAllAsync(key)).ToDictionary(field => (string)field.Name!, field => (string)field.Value!);
        fields.Keys.Order().ShouldBe(["config_file", "created_at", "cron_jobs", "hostname", "name", "pid"]);
        JsonNode.DeepEquals(JsonNode.Parse(fields["cron_jobs"]), JsonNode.Parse("""
            [{"func_name": "RQ.TestSupport.TestJobs.Add", "name": "add", "queue_name": "default", "args": "[1,2]", "kwargs": null, "interval": 30, "cron": null,
              "latest_enqueue_time": "2026-03-02T00:00:30.500000Z", "next_enqueue_time": "2026-03-02T00:01:00.000000Z", "job_timeout": 60, "result_ttl": 500},
             {"func_name": "site.greet", "name": "greet", "queue_name": "low", "args": "[\"you\"]", "kwargs": "{\"greeting\":\"Hé\"}", "interval": null, "cron": "*/5 * * * *",
              "latest_enqueue_time": null, "next_enqueue_time": "2026-03-02T00:05:00.000000Z", "result_ttl": 7, "ttl": 9, "failure_ttl": 8, "meta": "{\"m\":1}"}]
            """)).ShouldBeTrue(fields["cron_jobs"]);
        (await world.Rq.Database.KeyTimeToLiveAsync(key)).ShouldNotBeNull().TotalSeconds.ShouldBe(120, 10);

        await duty.ReleaseAsync();
        (await world.Cron.ListSchedulersAsync()).ShouldBeEmpty();
        (await world.Rq.Database.KeyExistsAsync(key)).ShouldBeTrue("as with RQ it expires");
        await CronWorld.RunAsync(other);
        (await world.Cron.ListSchedulersAsync()).ShouldHaveSingleItem().Name.ShouldNotBe(info.Name);
    }

    [Theory, OnEachBackend]
    public async Task The_list_follows_changes_once_a_second_and_beats_each_half_minute(Backend backend)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30", options => options.TimeProvider = time);
        async Task<string[]> ListedAsync() => [.. (await world.Cron.ListSchedulersAsync()).Single().Jobs.Select(job => $"{job.Name} {job.LastTime:HH:mm} {job.NextTime:HH:mm}")];
        await world.Cron.AddOrUpdateAsync("a", "* * * * *", () => TestJobs.Nothing());
        CronDuty duty = world.Duty();
        await CronWorld.RunAsync(duty);
        (await ListedAsync()).ShouldBe(["a  00:01"]);

        await world.Cron.AddOrUpdateAsync("b", "0 * * * *", () => TestJobs.Nothing());
        await CronWorld.RunAsync(duty);
        (await ListedAsync()).ShouldBe(["a  00:01"]);
        time.Advance(TimeSpan.FromSeconds(1.1));
        await CronWorld.RunAsync(duty);
        (await ListedAsync()).ShouldBe(["a  00:01", "b  01:00"]);

        await world.RunUntilAsync(duty, CronWorld.At("2026-03-02 00:02:10"));
        time.Advance(TimeSpan.FromSeconds(1.1));
        await CronWorld.RunAsync(duty);
        (await ListedAsync()).ShouldBe(["a 00:02 00:03", "b  01:00"]);

        await world.Cron.PauseAsync("b");
        await world.Cron.TriggerAsync("b");
        time.Advance(TimeSpan.FromSeconds(1.1));
        await CronWorld.RunAsync(duty);
        (await ListedAsync()).ShouldBe(["a 00:02 00:03", "b 00:02 "]);

        // Without changes it beats, and writes all anew when its hash has expired.
        string name = (await world.Cron.ListSchedulersAsync()).Single().Name;
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.CronScheduler(name));
        world.Now += TimeSpan.FromSeconds(31);
        for (int n = 0; n < 2; n++)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await CronWorld.RunAsync(duty);
        }

        (await world.Cron.ListSchedulersAsync()).Single().LastHeartbeat.ShouldBe(world.Now);
        (await ListedAsync()).Length.ShouldBe(2);
        world.Now += TimeSpan.FromSeconds(121);
        (await world.Cron.ListSchedulersAsync()).ShouldBeEmpty("it has not been heard of for two minutes");
    }

    [Theory, OnEachBackend]
    public async Task CRN_6_a_scheduler_sleeps_until_the_next_time_or_until_its_right_must_be_renewed(Backend backend)
    {
        await using CronWorld world = await CronWorld.CreateAsync(backend, "2026-03-02 00:00:30");
        await world.Cron.AddOrUpdateAsync("a", "0 * * * *", () => TestJobs.Nothing());
        CronDuty duty = world.Duty();
        await CronWorld.RunAsync(duty);

        (await duty.PassAsync(CancellationToken.None)).ShouldBe(SchedulerIdentity.RenewEvery);
        world.Now = CronWorld.At("2026-03-02 00:59:59.5");
        (await duty.PassAsync(CancellationToken.None)).ShouldBe(TimeSpan.FromSeconds(0.5));
    }

    [Fact]
    public async Task Python_s_cron_schedulers_are_listed_too()
    {
        await using CronWorld world = await CronWorld.CreateAsync(Backend.Redis, "2026-11-25 10:35:41");
        await Golden.GoldenScenario.Load("cron").Snapshot("running").WriteAsync(world.Rq.Database);

        CronSchedulerInfo info = (await world.Cron.ListSchedulersAsync()).ShouldHaveSingleItem();

        (info.Name, info.HostName, info.ProcessId, info.ConfigFile).ShouldBe(("vm:27740:27d41a", "vm", 27740, "/srv/app/fixture_cron_config.py"));
        info.CreatedAt.ShouldBe(DateTimeOffset.Parse("2026-11-25T10:35:39.968287Z", null));
        info.Jobs.Select(job => (job.Name, job.Cron, job.Interval)).ShouldBe([("fixture_tasks.add", null, TimeSpan.FromSeconds(30)), ("fixture_tasks.greet", "*/5 * * * *", (TimeSpan?)null)]);
        await Golden.GoldenScenario.Load("cron", "master").Snapshot("running").WriteAsync(world.Rq.Database);
        (await world.Cron.GetJobIdsAsync("fixture_tasks.add")).ShouldBe(["1dd6f253-0c55-472f-8cba-a77b400db750"]);
    }
}
