using BenchmarkDotNet.Attributes;
using RQ.Serialization;

namespace RQ.MicroBench;

/// <summary>A call as bytes and back: the <c>data</c> field, compressed as RQ does it.</summary>
public class SerializingBenchmarks
{
    private readonly JobCall _small = JobCall.To("RQ.MicroBench.Shop.Count", 12345);
    private readonly JobCall _large = JobCall.To("RQ.MicroBench.Shop.Send", "ada@example.com", new Order(7, "Ada", ["tea", "milk"]), true);
    private byte[] _smallData = [];
    private byte[] _largeData = [];

    private JobOptions _options = new();

    [Params("pickle", "json")]
    public string Format { get; set; } = "";

    private JobSerializer Serializer => Format == "json" ? JobSerializer.Json : JobSerializer.Pickle;

    [GlobalSetup]
    public void SetUp()
    {
        _smallData = CallData.Write(_small, Serializer);
        _largeData = CallData.Write(_large, Serializer);
        _options = new JobOptions { Serializer = Serializer };
    }

    [Benchmark]
    public byte[] WriteOneSmallArgument() => CallData.Write(_small, Serializer);

    [Benchmark]
    public byte[] WriteThreeArguments() => CallData.Write(_large, Serializer);

    [Benchmark]
    public object ReadOneSmallArgument() => CallData.Read(_smallData, null);

    [Benchmark]
    public object ReadThreeArguments() => CallData.Read(_largeData, null);

    /// <summary>Everything that is done for a new job before it is sent.</summary>
    [Benchmark]
    public Job TheWholeJob() => Job.Create(_small, _options);
}
