using System.Globalization;
using System.Text.Json;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;

namespace RQ.Conformance.Golden;

/// <summary>What a golden snapshot lists beside jobs: queues, registries, executions, workers, groups, cron schedulers. All must come out when it is read.</summary>
internal sealed class GoldenLists(JsonElement keys, RqConnection rq)
{
    private static readonly (string Key, RegistryKind Kind)[] s_registries =
    [
        ("wip", RegistryKind.Started), ("finished", RegistryKind.Finished), ("failed", RegistryKind.Failed), ("deferred", RegistryKind.Deferred),
        ("scheduled", RegistryKind.Scheduled), ("canceled", RegistryKind.Canceled),
    ];

    public async Task AreReadAsync()
    {
        await QueuesAreReadAsync();
        await WorkersAreReadAsync();
        await GroupsAreReadAsync();
        await CronSchedulersAreReadAsync();
        (await Worker.AreSuspendedAsync(rq)).ShouldBe(keys.TryGetProperty("rq:suspended", out _));
    }

    private async Task QueuesAreReadAsync()
    {
        string[] names = [.. Members("rq:queues").Select(key => key["rq:queue:".Length..]).Order(StringComparer.Ordinal)];
        (await Queue.AllAsync(rq)).Select(queue => queue.Name).ShouldBe(names);
        foreach (string name in names)
        {
            var queue = new Queue(name, rq);
            string[] ids = [.. Members("rq:queue:" + name)];
            (await queue.GetJobIdsAsync()).ShouldBe(ids);
            (await queue.CountAsync()).ShouldBe(ids.Length);
            foreach ((string key, RegistryKind kind) in s_registries)
                await RegistryIsReadAsync(new JobRegistry(kind, name, rq), Scores($"rq:{key}:{name}"));
            (await Worker.AllAsync(queue)).Select(worker => worker.Name).Order().ShouldBe(Members("rq:workers:" + name).Select(WorkerName).Order());
            string? scheduler = keys.TryGetProperty("rq:scheduler-lock:" + name, out JsonElement holder) ? holder.GetProperty("value").GetString() : null;
            SchedulerInfo? found = await queue.FindSchedulerAsync();
            (found is not null).ShouldBe(scheduler is not null);
            (found?.Name == scheduler || found?.ProcessId?.ToString(CultureInfo.InvariantCulture) == scheduler).ShouldBeTrue($"{found} for {scheduler}");
        }
    }

    private static async Task RegistryIsReadAsync(JobRegistry registry, (string Member, double Score)[] entries)
    {
        (await registry.CountAsync()).ShouldBe(entries.Length);
        (await registry.GetJobIdsAsync(newestFirst: false)).ShouldBe(entries.Select(entry => JobOf(entry.Member)).Distinct());
        foreach ((string member, double score) in entries)
        {
            DateTimeOffset? time = await registry.GetTimeAsync(JobOf(member));
            time.ShouldBe(double.IsInfinity(score) || score < 0 ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(score * 1000)));
        }

        if (registry.Kind == RegistryKind.Started)
        {
            (await registry.GetExecutionIdsAsync()).Select(pair => (pair.JobId, pair.ExecutionId ?? ""))
                .ShouldBe(entries.Select(entry => (JobOf(entry.Member), entry.Member.Split(':').ElementAtOrDefault(1) ?? "")));
        }
    }

    private async Task WorkersAreReadAsync()
    {
        IReadOnlyList<WorkerInfo> workers = await Worker.AllAsync(rq);
        workers.Select(worker => worker.Name).Order().ShouldBe(Members("rq:workers").Select(WorkerName).Order());
        foreach (WorkerInfo worker in workers)
        {
            JsonElement fields = keys.GetProperty("rq:worker:" + worker.Name).GetProperty("value");
            string? Text(string field) => fields.TryGetProperty(field, out JsonElement text) && text.GetString() is { Length: > 0 } value ? value : null;

            string[] executions = [.. Members($"rq:worker:{worker.Name}:executions")];
            string.Join(',', worker.Queues).ShouldBe(Text("queues"));
            worker.State.ShouldBe(Text("state") ?? "?");
            worker.HostName.ShouldBe(Text("hostname"));
            worker.IpAddress.ShouldBe(Text("ip_address"));
            worker.ProcessId.ToString().ShouldBe(Text("pid"));
            worker.Version.ShouldBe(Text("version"));
            worker.Runtime.ShouldBe(Text("python_version"));
            worker.Birth.ShouldBe(RqTime.ParseTimestamp(Text("birth")));
            worker.LastHeartbeat.ShouldBe(RqTime.ParseTimestamp(Text("last_heartbeat")));
            worker.ShutdownRequestedAt.ShouldBe(RqTime.ParseTimestamp(Text("shutdown_requested_date")));
            worker.Death.ShouldBe(RqTime.ParseTimestamp(Text("death")));
            worker.CurrentJobId.ShouldBe(Text("current_job") ?? executions.Select(JobOf).FirstOrDefault());
            worker.CurrentExecutions.Select(run => $"{run.JobId}:{run.ExecutionId}").ShouldBe(executions, ignoreOrder: true);
            worker.SuccessfulJobCount.ShouldBe(long.Parse(Text("successful_job_count") ?? "0", CultureInfo.InvariantCulture));
            worker.FailedJobCount.ShouldBe(long.Parse(Text("failed_job_count") ?? "0", CultureInfo.InvariantCulture));
            worker.TotalWorkingTime.TotalSeconds.ShouldBe(double.Parse(Text("total_working_time") ?? "0", CultureInfo.InvariantCulture), 1e-6);
        }
    }

    private async Task GroupsAreReadAsync()
    {
        string[] names = [.. Members("rq:groups")];
        (await Group.AllAsync(rq)).Select(group => group.Name).ShouldBe(names, ignoreOrder: true);
        foreach (string name in names)
            (await (await Group.FetchAsync(name, rq)).GetJobIdsAsync()).ShouldBe(Members("rq:group:" + name), ignoreOrder: true);
    }

    private async Task CronSchedulersAreReadAsync()
    {
        // Those that have long shown no sign of life are not listed.
        foreach ((string member, _) in Scores("rq:cron_schedulers"))
            await rq.Database.SortedSetAddAsync("rq:cron_schedulers", member, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        IReadOnlyList<CronSchedulerInfo> schedulers = await rq.Cron.ListSchedulersAsync();
        schedulers.Select(scheduler => scheduler.Name).ShouldBe(Scores("rq:cron_schedulers").Select(entry => entry.Member), ignoreOrder: true);
        foreach (CronSchedulerInfo scheduler in schedulers)
        {
            JsonElement fields = keys.GetProperty("rq:cron_scheduler:" + scheduler.Name).GetProperty("value");
            scheduler.HostName.ShouldBe(fields.GetProperty("hostname").GetString());
            scheduler.ProcessId.ToString().ShouldBe(fields.GetProperty("pid").GetString());
            scheduler.ConfigFile.ShouldBe(fields.GetProperty("config_file").GetString());
            scheduler.CreatedAt.ShouldBe(RqTime.ParseTimestamp(fields.GetProperty("created_at").GetString()));
            if (!fields.TryGetProperty("cron_jobs", out JsonElement text))
                continue;
            using var jobs = JsonDocument.Parse(text.GetString()!);
            scheduler.Jobs.Select(job => (job.Function, job.Queue, job.Cron, job.Interval?.TotalSeconds)).ShouldBe(jobs.RootElement.EnumerateArray().Select(job => (
                job.GetProperty("func_name").GetString()!,
                job.GetProperty("queue_name").GetString()!,
                job.GetProperty("cron").GetString(),
                job.GetProperty("interval").ValueKind == JsonValueKind.Null ? (double?)null : job.GetProperty("interval").GetDouble())));
        }
    }

    private IEnumerable<string> Members(string key) =>
        keys.TryGetProperty(key, out JsonElement found) ? found.GetProperty("value").EnumerateArray().Select(member => member.GetString()!) : [];

    private (string Member, double Score)[] Scores(string key) => !keys.TryGetProperty(key, out JsonElement found)
        ? []
        : [.. found.GetProperty("value").EnumerateArray().Select(entry => (entry.GetProperty("member").GetString()!, Score(entry.GetProperty("score"))))];

    private static double Score(JsonElement score) => score.ValueKind == JsonValueKind.String ? double.PositiveInfinity : score.GetDouble();

    private static string JobOf(string member) => member.Split(':')[0];

    private static string WorkerName(string key) => key["rq:worker:".Length..];
}
