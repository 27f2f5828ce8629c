using System.Text;
using System.Text.Json;
using RQ.Redis;
using RQ.Scheduling;
using RQ.Serialization;
using RQ.Workers;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Fuzzing;

/// <summary>What workers, schedulers and registries say about themselves, and what workers are told.</summary>
public class RecordFuzzTests
{
    private static readonly string[] s_members = ["job-1:0123456789abcdef0123456789abcdef", "job-1", "a:b:c:0123456789abcdef0123456789abcdef", "job:xyz", ":", "", "job-1:"];

    [Fact]
    public void A_workers_record_is_shown_whatever_is_in_it()
    {
        byte[][] seeds =
        [
            FuzzFields.Write(("birth", "2026-11-25T10:34:15.469336Z"), ("last_heartbeat", "2026-11-25T10:35:15.469336Z"), ("queues", "high,default,low"), ("pid", "4711"), ("hostname", "vm"), ("ip_address", "127.0.0.1:49946"),
                ("version", "1.0.0"), ("python_version", ".NET 10.0.2"), ("state", "busy"), ("successful_job_count", "12"), ("failed_job_count", "3"), ("total_working_time", "12.345"), ("incarnation", "x")),
            FuzzFields.Write(("death", "2026-11-25T10:34:15.469336Z"), ("current_job", "job-1"), ("shutdown_requested_date", "2026-11-25T10:34:15Z"), ("total_working_time", "0")),
        ];
        Fuzz.Run(seeds, 50_000, bytes =>
        {
            (string, byte[])[] fields = FuzzFields.Read(bytes);
            WorkerInfo worker = WorkerInfo.Read("w", (RedisValue[])FuzzFields.Flat(bytes)!, [.. s_members, .. fields.Select(field => Encoding.UTF8.GetString(field.Item2))]);
            GC.KeepAlive(worker.ToString());
        });
    }

    [Fact]
    public void A_member_of_a_registry_names_a_job_whatever_it_is()
    {
        Fuzz.Run([.. s_members.Select(Encoding.UTF8.GetBytes)], 50_000, bytes =>
        {
            string member = Encoding.UTF8.GetString(bytes);
            JobExecutionId id = JobExecutionId.Parse(member);
            if (id.ToString() != member)
                throw new InvalidDataException($"'{member}' became '{id}'.");
            GC.KeepAlive((WorkerExecution.Parse(member), ConnectionNumber.Parse(member), ConnectionNumber.RunOf(member)));
        });
    }

    [Fact]
    public void A_cron_schedule_is_read_or_refused()
    {
        string data = Encoding.Latin1.GetString(CallData.Serialize(JobCall.To("f", 1), JobSerializer.Json));
        byte[][] seeds =
        [
            FuzzFields.Write(("version", "1795602890727477"), ("cron", "*/5 9-17 * * MON-FRI"), ("time_zone", "Europe/Berlin"), ("starts_at", "2026-01-01T00:00:00.000000Z"), ("ends_at", "2027-01-01T00:00:00.000000Z"), ("jitter", "30"), ("queue", "default"),
                ("overlap", "skip"), ("missed_runs", "once"), ("misfire_threshold", "60.5"), ("source", "file"), ("job:data", data), ("job:timeout", "180"), ("created_at", "2026-01-01T00:00:00.000000Z"), ("next", "1795602890"), ("due", "1795602890.5"), ("passed", "1795602830")),
            FuzzFields.Write(("version", "1"), ("interval", "90"), ("queue", "q"), ("overlap", "cancel_previous"), ("missed_runs", "17"), ("misfire_threshold", "3600"), ("job:data", data), ("job:retries_left", "3"), ("job:retry_intervals", "[1, 2]"), ("is_paused", "1"), ("enqueued", "5")),
            FuzzFields.Write(("version", "1"), ("cron", "0 0 2 29 2 ?"), ("time_zone", "America/New_York"), ("queue", "q"), ("overlap", "allow"), ("missed_runs", "skip"), ("misfire_threshold", "5"), ("job:data", data)),
        ];
        Fuzz.Run(seeds, 40_000, bytes =>
        {
            RedisResult answer = RedisResult.Create([FuzzFields.Flat(bytes), RedisResult.Create((RedisValue)"finished"), RedisResult.Create(new RedisValue[] { "job-1", "queued" })]);
            StoredCron schedule = StoredCron.Read("name", answer);
            GC.KeepAlive((schedule.Version, schedule.IsPaused, schedule.Source, schedule.CreatedAt, schedule.Next, schedule.Due, schedule.Passed, schedule.AtFront, schedule.TimesKey));
            GC.KeepAlive(ListedCron.Of(null!, schedule));
            GC.KeepAlive((schedule.QueueName, schedule.Overlap, schedule.MissedRuns, schedule.MisfireThreshold, schedule.ReadCall(null!), StoredOptions.Read(null!, schedule.TemplateHash, schedule.AtFront, true)));
            Occurrences times = schedule.Times();
            DateTimeOffset? next = DateTimeOffset.UnixEpoch;
            for (int i = 0; i < 5 && next is { } time; i++)
                next = times.After(time);
            GC.KeepAlive(times.Last(3, DateTimeOffset.UnixEpoch, new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        }, typeof(RqException), typeof(ArgumentException));
    }

    [Fact]
    public void A_cron_schedulers_record_is_shown_whatever_is_in_it()
    {
        byte[][] seeds =
        [
            FuzzFields.Write(("hostname", "vm"), ("pid", "17"), ("created_at", "2026-11-25T10:34:15.469336Z"), ("config_file", "cron.py"), ("cron_jobs",
                """[{"func_name": "f", "name": "n", "queue_name": "q", "args": null, "kwargs": null, "interval": 60, "cron": null, "latest_enqueue_time": "2026-11-25T10:34:15.469336Z", "next_enqueue_time": null}, {"func_name": "g", "cron": "* * * * * 5"}]""")),
        ];
        Fuzz.Run(seeds, 50_000, bytes =>
        {
            var fields = new Dictionary<string, string>();
            foreach ((string name, byte[] value) in FuzzFields.Read(bytes))
                fields[name] = Encoding.UTF8.GetString(value);
            GC.KeepAlive(CronSchedulerText.Read("name", DateTimeOffset.UnixEpoch, fields).ToString());
        });
    }

    [Fact]
    public void A_command_is_understood_or_ignored()
    {
        string[] seeds =
        [
            WorkerCommands.Shutdown, WorkerCommands.KillHorse, WorkerCommands.StopJob("job-1 é\ud800"), WorkerCommands.StopExecution("job-1", "0123"), """{"command": "stop-job", "job_id": 5, "more": {"a": [1, {}]}}""", "[]", "",
        ];
        Fuzz.Run([.. seeds.Select(Encoding.UTF8.GetBytes)], 50_000, bytes =>
        {
            if (WorkerCommands.Read(Encoding.UTF8.GetString(bytes)).Any(pair => pair.Key is null || pair.Value is null))
                throw new InvalidDataException("A text is null.");
        });
    }

    [Fact]
    public void The_list_of_a_dead_workers_queues_is_texts_whatever_it_is() =>
        Fuzz.Run([Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new[] { "a", "b,c", "é" })), "[null]"u8.ToArray(), "[]"u8.ToArray()], 20_000, bytes =>
        {
            if (RQ.Redis.Transitions.WorkerRecord.ReadQueues(Encoding.UTF8.GetString(bytes)).Any(string.IsNullOrEmpty))
                throw new InvalidDataException("A name is empty.");
        });
}
