using System.Globalization;
using System.Text;
using System.Text.Json;
using RQ.Jobs;
using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Tests.Jobs;

/// <summary>Hashes of jobs as Python RQ and RQ.NET write them, and damaged in every way.</summary>
internal sealed class MutatedHashes
{
    /// <summary>What a field may hold where somebody or something went wrong.</summary>
    private static readonly byte[][] s_strange = [.. new[]
    {
        "", " ", "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "99999999999999999999999", "2147483648", "-2147483649", "1e400", "-1e308", "NaN", "nan", "inf", "-inf", "Infinity", "0x10", "1.5", "+5", "１",
        "null", "true", "[]", "{}", "[null]", "[[]]", "[1, null]", "[1.5]", "[-9223372036854775808]", "[1e400]", "[\"\\ud800\"]", "{\"a\": 1}", "\"\\ud800\"", "[1,", "[" , "{\"fraction\": 1e999}", "{\"fraction\": -1, \"text\": 5, \"at\": \"x\"}",
        "{\"fraction\": 0.5, \"text\": null, \"at\": \"0001-01-01T00:00:00Z\"}", "{\"only\": null, \"never\": [null]}", "{\"only\": 5}", "[{\"url\": null}]", "[{\"url\": \"http://\", \"job_status\": \"finished\", \"method\": \"GET\", \"timeout\": -1}]",
        "[{\"url\": \"http://a\", \"job_status\": \"finished\", \"method\": \"GET\", \"timeout\": 9223372036854775807, \"headers\": {\"a\": null}}]", "[{\"url\": \"http://a\", \"job_status\": \"failed\", \"method\": \"G T\", \"timeout\": 1}]",
        "2026-11-25T10:34:15.469336Z", "0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "-2026-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "1795602890.727477", "1795602890727", "253402300799.9999999", "253402300800", "-62135596800", "-62135596801",
        "queued", "nonsense", "rate_limited", "returned", "x:allowed", "requeue", "run", "cancel",
        ".", "N.", "\u0080\u0004N.", "x\u009c\u0003\0\0\0\0\u0001",
    }.Select(Encoding.Latin1.GetBytes), [0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], Encoding.UTF8.GetBytes(new string('[', 5000)), new byte[70_000], Encoding.ASCII.GetBytes(new string('9', 20_000)),
        Compression.Deflate(new byte[1_000_000]), Compression.Deflate(PickleWriter.Write(Enumerable.Repeat("x", 10_000).ToList()))];

    private static readonly string[] s_more =
    [
        JobFields.RetriesLeft, JobFields.RetryIntervals, JobFields.RepeatsLeft, JobFields.RepeatIntervals, JobFields.RepeatUntil, JobFields.RetryRule, JobFields.Webhooks, JobFields.Progress, JobFields.DependencyIds, JobFields.Timeout,
        JobFields.ResultTtl, JobFields.FailureTtl, JobFields.Ttl, JobFields.Meta, JobFields.RateLimitKey, JobFields.RateLimitConcurrency, JobFields.NumberOfRetries, JobFields.Recoveries, JobFields.Attempts, JobFields.CronDue, JobFields.UnknownSince,
        JobFields.SuccessCallbackName, JobFields.SuccessCallbackTimeout, JobFields.StoppedCallbackName, JobFields.StoppedCallbackTimeout, JobFields.EnqueuedAt, JobFields.StartedAt, JobFields.Status, JobFields.IfUnmet, JobFields.Due,
    ];

    private readonly List<KeyValuePair<string, byte[]>[]> _hashes = [.. Golden().Concat(Ours())];

    public int Count => _hashes.Count;

    /// <summary>One of the hashes as it was written.</summary>
    public JobHash Whole(int index) => Hash(_hashes[index]);

    /// <summary>The same for the same seed.</summary>
    public JobHash Mutated(long seed)
    {
        var random = new Random(HashCode(seed));
        List<KeyValuePair<string, byte[]>> fields = [.. _hashes[random.Next(_hashes.Count)]];
        for (int changes = random.Next(1, 4); changes > 0 && fields.Count > 0; changes--)
            Change(fields, random);
        return Hash(fields);
    }

    // Random of one seed and of the next begin alike.
    private static int HashCode(long seed) => (int)((ulong)(seed + 1) * 0x9E3779B97F4A7C15UL >> 33);

    private void Change(List<KeyValuePair<string, byte[]>> fields, Random random)
    {
        int at = random.Next(fields.Count);
        string name = fields[at].Key;
        switch (random.Next(400) == 0 ? 8 : random.Next(8))
        {
            case 8:
                fields.RemoveAll(field => field.Key == JobFields.Data);
                fields.Add(new(JobFields.Data, DeepCall(random)));
                break;
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                int other = random.Next(fields.Count);
                (fields[at], fields[other]) = (new(name, fields[other].Value), new(fields[other].Key, fields[at].Value));
                break;
            case 2:
                fields[at] = new(name, s_strange[random.Next(s_strange.Length)]);
                break;
            case 3:
                fields.Add(new(s_more[random.Next(s_more.Length)], s_strange[random.Next(s_strange.Length)]));
                break;
            case 4:
                KeyValuePair<string, byte[]>[] donor = _hashes[random.Next(_hashes.Count)];
                fields.Add(donor[random.Next(donor.Length)]);
                break;
            default:
                fields[at] = new(name, Bytes(fields[at].Value, random));
                break;
        }
    }

    private static readonly string[] s_names = ["Children", "Items", "parent", "next", "Inner", "Right", "Left", "$type", "Text", "name"];

    // Values within values, of one kind or of several, and one that is reached by many ways.
    private static byte[] DeepCall(Random random)
    {
        object? value = random.Next(4) switch { 0 => 5L, 1 => "x", 2 => null, _ => new List<object?>() };
        int kind = random.Next(5), name = random.Next(s_names.Length);
        for (int levels = random.Next(1, 250); levels > 0; levels--)
        {
            switch (kind == 4 ? random.Next(4) : kind)
            {
                case 0: value = new List<object?> { value }; break;
                case 1: value = new object?[] { value }; break;
                case 2: value = new OrderedDictionary<object, object?> { [s_names[name]] = value }; break;
                default: value = new OrderedDictionary<object, object?> { [s_names[random.Next(s_names.Length)]] = new List<object?> { value } }; levels--; break;
            }
        }

        object? wide = Enumerable.Repeat<object?>(Enumerable.Repeat<object?>(random.Next(2) == 0 ? 1L : new List<object?>(), random.Next(100)).ToList(), random.Next(100)).ToList();
        JobCall call = JobCall.To("my_module.function", value, value, value, wide, wide, new string(',', random.Next(20_000)));
        return Compression.Deflate(CallData.Serialize(call, random.Next(2) == 0 ? JobSerializer.Pickle : JobSerializer.Json));
    }

    // What is compressed is damaged inside; stored as it is, which readers accept.
    private static byte[] Bytes(byte[] value, Random random)
    {
        List<byte> bytes = [.. random.Next(8) == 0 ? value : Compression.Inflate(value).ToArray()];
        for (int changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.Insert(at, (byte)random.Next(256)); break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 9), bytes.Count - at))); break;
            }
        }

        return [.. bytes];
    }

    private static JobHash Hash(IEnumerable<KeyValuePair<string, byte[]>> fields) =>
        JobHash.Read("job-1", RedisResult.Create(fields.SelectMany(field => new RedisValue[] { field.Key, field.Value }).ToArray()));

    private static IEnumerable<KeyValuePair<string, byte[]>[]> Golden()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Jobs", "golden"), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using JsonDocument scenario = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement snapshot in scenario.RootElement.GetProperty("snapshots").EnumerateArray())
            {
                foreach (JsonProperty key in snapshot.GetProperty("keys").EnumerateObject())
                {
                    if (key.Name.StartsWith("rq:job:", StringComparison.Ordinal) && key.Value.GetProperty("type").GetString() == "hash")
                        yield return [.. key.Value.GetProperty("value").EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Value(field.Value)))];
                }
            }
        }
    }

    private static byte[] Value(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? value.GetProperty("base64").GetBytesFromBase64()
        : Encoding.UTF8.GetBytes(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());

    private static IEnumerable<KeyValuePair<string, byte[]>[]> Ours()
    {
        object?[] values = [1, "text", 2.5, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), 0.10m, Guid.Empty, new[] { 1, 2 }, new Dictionary<string, object?> { ["name"] = "x", ["price"] = 1.5m }, (1, "two"), null, double.NaN];
        JobCall call = JobCall.To("my_module.function", values, new Dictionary<string, object?> { ["key"] = TimeSpan.FromMinutes(90) });
        var options = new JobOptions
        {
            Id = "job-1", Timeout = TimeSpan.FromMinutes(5), ResultTtl = TimeSpan.FromDays(1), FailureTtl = TimeSpan.FromDays(30), Ttl = TimeSpan.FromHours(1), Description = "all options",
            Meta = new Dictionary<string, object?> { ["owner"] = "me", ["n"] = 1 }, Retry = new Retry(3, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)) { OnlyOn = [typeof(IOException)] },
            Repeat = new Repeat(2, TimeSpan.FromSeconds(5)), OnSuccess = Callback.To("my_module.done"), OnFailure = Callback.To("my_module.failed"), OnStopped = Callback.To("my_module.stopped"),
            Webhooks = [new Webhook("https://example.com/x", JobStatus.Finished) { Headers = new Dictionary<string, string> { ["a"] = "b" } }], Group = "group", RateLimit = new RateLimit("mail", 3),
        };
        foreach (JobSerializer serializer in new[] { JobSerializer.Pickle, JobSerializer.Json })
        {
            RQ.Queues.NewJob made = RQ.Queues.NewJob.Create(RQ.Queues.JobHome.Unattached("default") with { Serializer = serializer }, call, options);
            yield return [.. made.Item.Fields.Chunk(2).Select(pair => KeyValuePair.Create((string)pair[0]!, (byte[])pair[1]!)),
                KeyValuePair.Create(JobFields.Progress, Encoding.UTF8.GetBytes(ProgressText.Write(new JobProgress(0.5, "half", DateTimeOffset.UnixEpoch)))), KeyValuePair.Create(JobFields.Status, "queued"u8.ToArray())];
        }
    }
}
