using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using RQ.Bench;
using RQ.Executions;
using RQ.Jobs;
using RQ.Serialization;
using RQ.Workers;
using StackExchange.Redis;

namespace RQ.MicroBench;

/// <summary>What needs a connection: a Redis of the benchmark's own.</summary>
public class ServerBenchmarks
{
    private readonly JobCall _call = JobCall.To("RQ.MicroBench.Shop.Count", 12345);
    private readonly JobOptions _options = new() { Id = "always-the-same" };
    private readonly Outcome?[] _outcome = new Outcome?[1];
    private RedisProcess _redis = null!;
    private RqConnection _rq = null!;
    private Queue _queue = null!;
    private JobHash _job = null!;
    private ExecutionRunner _runner = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _rq = await RqConnection.ConnectAsync(_redis.Url);
        _queue = new Queue("micro", _rq);
        WorkerOptions options = new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Order>() }.Freeze();
        _runner = new ExecutionRunner(new WorkerSetup(_rq, "worker", [_queue.Name], options, NullLogger.Instance), (_, outcome) => _outcome[0] = outcome);
        _job = JobHash.Read("job", RedisResult.Create(new RedisValue[]
        {
            "data", CallData.Write(_call, JobSerializer.Pickle), "origin", _queue.Name, "status", "started", "description", "RQ.MicroBench.Shop.Count(12345)", "timeout", "180",
        }));
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _rq.DisposeAsync();
        _redis.Dispose();
    }

    /// <summary>The least that any trip to the server takes.</summary>
    [Benchmark(Baseline = true)]
    public Task<TimeSpan> Ping() => _rq.Multiplexer.GetDatabase().PingAsync();

    /// <summary>One script call, there and back. Always for the same id, so that the server does not fill up.</summary>
    [Benchmark]
    public Task<Job> EnqueueOne() => _queue.EnqueueAsync(_call, _options);

    /// <summary>A worker's part of one job between the take and the settling: read the call, bind, call, write the value.</summary>
    [Benchmark]
    public async Task<object?> Dispatch()
    {
        await _runner.RunAsync(new RunningExecution(new Execution("0123456789abcdef0123456789abcdef", _queue.Name, "worker", _job, DateTimeOffset.UnixEpoch)));
        return _outcome[0];
    }
}
