using System.Text;
using RQ.Jobs;
using RQ.Results;
using RQ.Serialization;
using RQ.Tests.Jobs;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Fuzzing;

/// <summary>What is stored of calls, metadata and results. Whole hashes of jobs are in <see cref="MutatedHashTests"/>, pickles by their opcodes in <see cref="Serialization.PickleFuzzTests"/>.</summary>
public class StoredDataFuzzTests
{
    private static readonly object?[] s_values =
    [
        null, 1L, "text with \"quotes\" and \\ and \ud83d\ude80", new List<object?> { 1.5, -0.0, double.NaN, double.NegativeInfinity, true, System.Numerics.BigInteger.Pow(2, 200) },
        new Dictionary<string, object?> { ["a"] = new Dictionary<string, object?> { ["b"] = new[] { 1, 2, 3 } }, ["$type"] = "x", [""] = null },
    ];

    private static readonly JobCall s_call = JobCall.To("my_module.function", s_values, new Dictionary<string, object?> { ["when"] = DateTimeOffset.UnixEpoch, ["id"] = Guid.Empty });

    [Fact]
    public void Json_is_data_or_refused()
    {
        byte[][] seeds =
        [
            CallData.Serialize(s_call, JobSerializer.Json), "[1e5, -1.25E-7, 12345678901234567890, 0.1]"u8.ToArray(), "{\"a\": NaN, \"b\": [Infinity, -Infinity], \"a\": \"\\ud800\\n\\/\\b\"}"u8.ToArray(),
            "  \"\\ud83d\\ude80 \u00e9\"  "u8.ToArray(), Encoding.UTF8.GetBytes("{\"k\": [[[[[[[]]]]]], {}, {\"\": {}}]}"),
        ];
        Fuzz.Run(seeds, 200_000, bytes => JobSerializer.Json.Deserialize(bytes), typeof(UnreadableDataException));
    }

    [Fact]
    public void Compressed_data_unfolds_is_taken_as_it_is_or_is_refused()
    {
        byte[][] seeds = [Compression.Deflate(CallData.Serialize(s_call, JobSerializer.Pickle)), Compression.Deflate("short"u8), Compression.Deflate(new byte[100_000]), "x plain"u8.ToArray(), []];
        Fuzz.Run(seeds, 100_000, bytes =>
        {
            // No input of this length unfolds to so much, so nothing is refused.
            ReadOnlyMemory<byte> plain = Compression.Inflate(bytes);
            if (plain.Length > bytes.Length * 1100L)
                throw new InvalidDataException($"{plain.Length} bytes came of {bytes.Length}.");
            GC.KeepAlive(FailureText.Read(bytes));
        });
    }

    [Fact]
    public void A_call_is_read_or_refused()
    {
        byte[][] plain = [CallData.Serialize(s_call, JobSerializer.Json), CallData.Serialize(s_call, JobSerializer.Pickle), CallData.Serialize(JobCall.To("f"), JobSerializer.Pickle)];
        byte[][] seeds = [.. plain, .. plain.Select(bytes => Compression.Deflate(bytes))];
        Fuzz.Run(seeds, 100_000, bytes =>
        {
            CallData call = CallData.Read(bytes, null);
            GC.KeepAlive(CallText.Describe(call.Function, call.Arguments, call.KeywordArguments, CallText.ShownLength));
        }, typeof(UnreadableDataException));
    }

    [Fact]
    public void An_entry_of_a_results_stream_is_shown_whatever_is_in_it()
    {
        string value = Convert.ToBase64String(PickleWriter.Write(new[] { 1, 2 })), error = Convert.ToBase64String(Compression.DeflateText("Traceback (most recent call last):\nValueError: no"));
        byte[][] seeds =
        [
            FuzzFields.Write(("type", "1"), ("worker_name", "w"), ("return_value", value), ("execution_id", "0123456789abcdef0123456789abcdef"), ("execution_started_at", "1795602890.727477"), ("execution_ended_at", "1795602891.0")),
            FuzzFields.Write(("created_at", "1795602890"), ("type", "2"), ("exc_string", error)),
            FuzzFields.Write(("type", "1"), ("return_value", Convert.ToBase64String("{\"a\": 1}"u8))),
        ];
        JobHash job = JobHash.Read("job-1", RedisResult.Create(new RedisValue[] { "data", CallData.Write(s_call, JobSerializer.Pickle) }));
        var serializers = new SerializerSet();
        Fuzz.Run(seeds, 100_000, bytes =>
        {
            (string Name, byte[] Value)[] fields = FuzzFields.Read(bytes);
            NameValueEntry[] values = Array.ConvertAll(fields, field => new NameValueEntry(field.Name, field.Value));
            RedisValue id = fields.Length > 1 ? fields[^1].Value : "1-0";
            JobResult result = ResultStore.FromEntry(serializers, job, new StreamEntry(id, values));
            GC.KeepAlive((result.Type, result.IsSuccessful, result.ReturnValue, result.ExceptionText, result.WorkerName, result.ExecutionId, result.CreatedAt, result.ExecutionStartedAt, result.ExecutionEndedAt, result.ToString()));
            try
            {
                GC.KeepAlive(result.GetReturnValue<List<int>>());
            }
            catch (ResultUnreadableException)
            {
                // Told to whoever asks for the type.
            }
        });
    }
}
