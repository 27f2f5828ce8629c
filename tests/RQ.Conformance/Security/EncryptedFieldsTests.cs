using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using RQ.Scheduling;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Security;

/// <summary>All that is in Redis is searched for what jobs have said: the table in docs/security.md is what these find.</summary>
public class EncryptedFieldsTests
{
    [Theory, OnEachBackend]
    public async Task Nothing_that_an_encrypted_job_is_given_or_says_can_be_read_in_redis(Backend backend)
    {
        await using TestWorld world = await Protection.CreateAsync(backend, Protection.Encrypted);
        await RunAllAsync(world);

        string stored = await Dump.OfAsync(world);

        stored.ShouldContain("SecretJobs.Work(…)", Case.Sensitive, "the names of functions stay readable in descriptions");
        foreach (string secret in SecretJobs.All)
            stored.ShouldNotContain(secret);
    }

    [Theory, OnEachBackend]
    public async Task All_of_it_can_be_found_where_it_is_not_encrypted(Backend backend)
    {
        foreach (JobSerializer serializer in new[] { JobSerializer.Pickle, JobSerializer.Json, Protection.Signed })
        {
            await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.Serializer = serializer);
            world.Functions.AddAssemblyOf<ProtectedJobTests>();
            await RunAllAsync(world);

            string stored = await Dump.OfAsync(world);

            foreach (string secret in SecretJobs.All)
                stored.ShouldContain(secret);
        }
    }

    [Theory, OnEachBackend]
    public async Task The_log_of_a_worker_tells_no_argument_of_an_encrypted_job_but_what_its_exceptions_say(Backend backend)
    {
        await using TestWorld world = await Protection.CreateAsync(backend, Protection.Encrypted);
        await world.Queue().EnqueueAsync(() => SecretJobs.Work(SecretJobs.Argument, null!));
        await world.Queue().EnqueueAsync(JobCall.To("RQ.Conformance.Security.SecretJobs.Counted", SecretJobs.Argument, 1, 2));
        await world.RunBurstAsync();

        world.LogCollector.GetSnapshot().Select(Text).ShouldAllBe(line => !line.Contains(SecretJobs.Argument, StringComparison.Ordinal));
    }

    private static string Text(FakeLogRecord record) => $"{record.Message} {record.Exception}";

    private static async Task RunAllAsync(TestWorld world)
    {
        Queue queue = world.Queue();
        var meta = new Dictionary<string, object?> { ["k"] = SecretJobs.Meta };
        Job waiting = await queue.EnqueueInAsync(TimeSpan.FromDays(1), () => SecretJobs.Work(SecretJobs.Argument, null!), new JobOptions { Meta = meta });
        Job job = await queue.EnqueueAsync(() => SecretJobs.Work(SecretJobs.Argument, null!), new JobOptions { Meta = meta });
        Job failing = await queue.EnqueueAsync(() => SecretJobs.Fail(SecretJobs.Argument, null!), new JobOptions { OnFailure = Callback.To("of.another_worker") });
        Job wrong = await queue.EnqueueAsync(JobCall.To("RQ.Conformance.Security.SecretJobs.Work", SecretJobs.Argument, SecretJobs.Argument));
        Job handed = await queue.EnqueueAsync(() => SecretJobs.HandOver(), new JobOptions { OnSuccess = Callback.To("of.another_worker") });
        await world.Rq.Cron.AddOrUpdateAsync("nightly", "0 0 * * *", () => SecretJobs.Work(SecretJobs.Argument, null!), options: new JobOptions { Meta = meta });
        await world.RunBurstAsync(configure: options =>
        {
            options.CallbackQueue = "callbacks";
            options.WithScheduler = true;
        });
        // It lists the schedules for RQ's tools.
        await Cron.CronWorld.RunAsync(new CronDuty(new SchedulerIdentity(world.Rq, "lister", NullLogger.Instance), null));

        (await waiting.GetStatusAsync()).ShouldBe(JobStatus.Scheduled);
        (await job.GetStatusAsync()).ShouldBe(JobStatus.Finished, (await job.GetLatestResultAsync())?.ExceptionText);
        (await failing.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await wrong.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await handed.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        (await world.Queue("callbacks").CountAsync()).ShouldBe(2);
    }
}

/// <summary>All that is under a world's prefix, as one text: as it is, and what base64 or zlib hides of it.</summary>
internal static class Dump
{
    public static Task<string> OfAsync(TestWorld world) => OfAsync(world.Rq);

    public static async Task<string> OfAsync(RqConnection rq)
    {
        var text = new StringBuilder();
        IServer server = rq.Multiplexer.GetServers()[0];
        await foreach (RedisKey key in server.KeysAsync(rq.Database.Database, rq.KeyPrefix + "*"))
        {
            text.Append(key).Append('\n');
            foreach (RedisValue value in await ValuesAsync(rq.Database, key))
                Add(text, (byte[]?)value ?? []);
        }

        return text.ToString();
    }

    private static async Task<IEnumerable<RedisValue>> ValuesAsync(IDatabase database, RedisKey key) => await database.KeyTypeAsync(key) switch
    {
        RedisType.Hash => (await database.HashGetAllAsync(key)).SelectMany(entry => new[] { entry.Name, entry.Value }),
        RedisType.List => await database.ListRangeAsync(key),
        RedisType.Set => await database.SetMembersAsync(key),
        RedisType.SortedSet => await database.SortedSetRangeByRankAsync(key),
        RedisType.Stream => (await database.StreamRangeAsync(key)).SelectMany(entry => entry.Values).SelectMany(value => new[] { value.Name, value.Value }),
        _ => [await database.StringGetAsync(key)],
    };

    private static void Add(StringBuilder text, byte[] bytes)
    {
        string plain = Encoding.UTF8.GetString(bytes);
        text.Append(plain).Append('\n');
        ReadOnlyMemory<byte> inflated = Compression.Inflate(bytes);
        if (!inflated.Equals(bytes.AsMemory()))
            Add(text, inflated.ToArray());
        foreach (string word in plain.Split(' ', ':', '"'))
        {
            if (word.Length >= 12 && System.Buffers.Text.Base64.IsValid(word))
                Add(text, Convert.FromBase64String(word));
        }

        // What is signed may be compressed within.
        if (Envelope.Is(bytes) && Envelope.Read(bytes) is { Mode: ProtectionMode.Signed, IsCompressed: true } envelope)
            Add(text, Compression.Inflate(bytes.AsMemory()[envelope.Length..^32]).ToArray());
    }
}
