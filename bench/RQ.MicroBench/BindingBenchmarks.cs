using BenchmarkDotNet.Attributes;
using RQ.Functions;
using RQ.Serialization;

namespace RQ.MicroBench;

/// <summary>Finding the function of a stored call, and turning its data into the function's arguments.</summary>
public class BindingBenchmarks
{
    private readonly JobFunctions _functions = new JobFunctions().AddAssemblyOf<Order>();
    private readonly CallData _small = Stored(JobCall.To("RQ.MicroBench.Shop.Count", 12345));
    private readonly CallData _large = Stored(JobCall.To("RQ.MicroBench.Shop.Send", "ada@example.com", new Order(7, "Ada", ["tea", "milk"])));
    private readonly JobContext _context = new(Job.Create(JobCall.To("RQ.MicroBench.Shop.Count", 12345)), "0", "worker", null, null, CancellationToken.None);

    [Benchmark]
    public object FindTheFunction() => _functions.Resolve(_small);

    [Benchmark]
    public object?[] BindOneSmallArgument() => _functions.Resolve(_small).Bind(_small, _context);

    [Benchmark]
    public object?[] BindAnObject() => _functions.Resolve(_large).Bind(_large, _context);

    private static CallData Stored(JobCall call) => CallData.Read(CallData.Write(call, JobSerializer.Pickle), null);
}
