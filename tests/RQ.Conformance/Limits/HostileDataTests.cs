using System.IO.Compression;
using System.Text;
using RQ.Jobs;
using RQ.Serialization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>Calls, metadata and results that were made to break their reader: each fails its own job with a reason, and the job behind it runs.</summary>
public class HostileDataTests
{
    private static readonly Dictionary<string, Func<byte[]>> s_data = new()
    {
        ["nothing"] = () => [],
        ["a zero byte"] = () => [0],
        ["half of a zlib stream"] = () => Compression.Deflate(CallData.Serialize(JobCall.To("f", new string('x', 500)), JobSerializer.Pickle))[..20],
        ["a zlib stream of another checksum"] = () => [.. Compression.Deflate(new byte[1000])[..^1], 7],
        ["JSON nested a hundred thousand deep"] = () => Text(new string('[', 100_000) + new string(']', 100_000)),
        ["JSON objects nested ten thousand deep"] = () => Text(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)),
        ["JSON that never ends"] = () => Text("[\"f\", null, [" + new string('1', 100_000)),
        ["JSON with a number of a million digits"] = () => Text($"[\"f\", null, [{new string('9', 1_000_000)}], {{}}]"),
        ["JSON of millions of empty lists"] = () => Text("[\"f\", null, [" + string.Join(',', Enumerable.Repeat("[]", 12_000_000)) + "], {}]"),
        ["JSON that is no UTF-8"] = () => [.. Text("[\"f\", null, [\""), 0xff, 0xfe, .. Text("\"], {}]")],
        ["JSON with the same key twice and too many parts"] = () => Text("[\"f\", null, [], {\"a\": 1, \"a\": 2}, 5]"),
        ["JSON that is no call"] = () => Text("{\"a\": 1}"),
        ["a pickle nested a million deep"] = () => [.. Text(new string(']', 1_000_000)), .. Text(new string('a', 999_999) + ".")],
        ["a pickle of a claimed gigabyte"] = () => [0x80, 4, 0x8d, 0, 0, 0, 0x40, 0, 0, 0, 0, (byte)'x', (byte)'.'],
        ["a pickle that laughs a billion times"] = () => Text("]q\0" + string.Concat(Enumerable.Repeat("](h\0h\0h\0h\0h\0h\0h\0h\0h\0h\0eq\0", 30)) + "."),
        ["a pickle that contains itself"] = () => Text("]q\0h\0a."),
        ["a pickle whose memo is full of one value"] = () => Text("V" + new string('x', 500_000) + "\nq\0" + "0](" + string.Concat(Enumerable.Repeat("h\0", 300_000)) + "e."),
        ["a pickle that runs a command"] = () => Text("cos\nsystem\n(S'touch /tmp/rq-should-not-be-there'\ntR."),
        ["a zip bomb"] = () => Bomb([], 200, []),
        ["a zip bomb of letters in a pickle"] = () => Bomb([0x80, 4, 0x42, 0, 0, 0, 0x10], 256, "."u8),
        ["a zip bomb in a zip bomb"] = () => Compression.Deflate(Bomb([], 100, [])),
    };

    /// <summary>Tens of megabytes take a busy machine longer than a call may take.</summary>
    private static void Patient(RqConnectionOptions options) => options.Configure = redis => redis.AsyncTimeout = 120_000;

    public static TheoryData<string> Data => [.. s_data.Keys];

    [Theory, MemberData(nameof(Data))]
    public async Task A_call_that_was_made_to_break_its_reader_fails_its_own_job(string which)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis, Patient);
        Job bad = await world.Queue().EnqueueAsync(JobCall.To("f"));
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(bad.Id), JobFields.Data, s_data[which]());
        Job<int> good = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        await world.RunBurstAsync();

        (await good.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await bad.GetStatusAsync()).ShouldBe(JobStatus.Failed);
        (await bad.GetLatestResultAsync())!.ExceptionText.ShouldNotBeNullOrWhiteSpace();
        (await world.Queue().Failed.GetJobIdsAsync()).ShouldBe([bad.Id]);
        Should.Throw<RqException>(() => bad.Arguments).Message.ShouldNotBeNullOrWhiteSpace();
        File.Exists("/tmp/rq-should-not-be-there").ShouldBeFalse();
    }

    [Theory, MemberData(nameof(Data))]
    public async Task Metadata_and_results_that_were_made_to_break_their_reader_are_told_to_who_reads_them(string which)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis, Patient);
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1), new JobOptions { OnSuccess = Callback.To("RQ.TestSupport.TestJobs.Nothing") });
        byte[] hostile = s_data[which]();
        await world.Rq.Database.HashSetAsync(world.Rq.Keys.Job(job.Id), JobFields.Meta, hostile);
        await world.RunBurstAsync();

        // The job does not look at its metadata, so it runs.
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await job.RefreshAsync();
        Reads(() => job.Meta);

        string results = world.Rq.Keys.Results(job.Id);
        await world.Rq.Database.KeyDeleteAsync(results);
        await world.Rq.Database.StreamAddAsync(results, [new("type", 1), new("return_value", Convert.ToBase64String(hostile))]);
        await world.Rq.Database.StreamAddAsync(results, [new("type", 2), new("exc_string", Convert.ToBase64String(hostile))]);
        IReadOnlyList<JobResult> read = await job.GetResultsAsync();
        read.Count.ShouldBe(2);
        (read[0].ExceptionText ?? "").Length.ShouldBeLessThan(64 * 1024 * 1024);
        Reads(() => read[1].GetReturnValue<List<int>>());

        void Reads(Func<object?> read)
        {
            try
            {
                read();
            }
            catch (RqException exception)
            {
                exception.Message.ShouldNotBeNullOrWhiteSpace();
            }
        }
    }

    /// <summary>So many mebibytes of zeros between two ends, compressed.</summary>
    private static byte[] Bomb(ReadOnlySpan<byte> begin, int mebis, ReadOnlySpan<byte> end)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(begin);
            byte[] zeros = new byte[1024 * 1024];
            for (int i = 0; i < mebis; i++)
                zlib.Write(zeros);
            zlib.Write(end);
        }

        return output.ToArray();
    }

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);
}
