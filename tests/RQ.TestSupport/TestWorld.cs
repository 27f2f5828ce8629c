using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace RQ.TestSupport;

/// <summary>The servers that everything must behave the same on.</summary>
public enum Backend
{
    /// <summary>redis-server.</summary>
    Redis,

    /// <summary>The server inside this process.</summary>
    Embedded,
}

/// <summary>
/// A namespace of its own on a shared server, with what tests need around it. Each world has its own database on Redis (so
/// that Python, which knows no prefixes, can join in) or its own key prefix on the embedded server.
/// </summary>
public sealed class TestWorld : IAsyncDisposable
{
    private static readonly Lazy<Task<RedisServer>> s_redis = new(StartRedisAsync);
    private static readonly Lazy<Task<RqConnection>> s_embedded = new(() => RqConnection.ConnectAsync("embedded:"));
    private static int s_count;

    private readonly List<RunningWorker> _workers = [];

    private TestWorld(Backend backend, RqConnection rq, string url)
    {
        Backend = backend;
        Rq = rq;
        Url = url;
        LogCollector = new FakeLogCollector();
        Functions = new JobFunctions().AddAssemblyOf<TestWorld>();
    }

    public Backend Backend { get; }

    public RqConnection Rq { get; }

    /// <summary>The address for other processes; only of a Redis server.</summary>
    public string Url { get; }

    /// <summary>What this world's workers logged.</summary>
    public FakeLogCollector LogCollector { get; }

    /// <summary>What this world's workers may call: everything public of this assembly, and what a test adds.</summary>
    public JobFunctions Functions { get; }

    public static async Task<TestWorld> CreateAsync(Backend backend, Action<RqConnectionOptions>? configure = null)
    {
        int number = Interlocked.Increment(ref s_count);
        var options = new RqConnectionOptions();
        if (backend == Backend.Redis)
        {
            RedisServer server = await s_redis.Value;
            string url = server.Url(number);
            configure?.Invoke(options);
            return new TestWorld(backend, await RqConnection.ConnectAsync(url, options), url);
        }

        options.KeyPrefix = string.Create(CultureInfo.InvariantCulture, $"t{number}:");
        configure?.Invoke(options);
        RqConnection shared = await s_embedded.Value;
        return new TestWorld(backend, await RqConnection.ConnectAsync(shared.Multiplexer, options), "");
    }

    public Queue Queue(string name = "default", QueueOptions? options = null) => new(name, Rq, options);

    /// <summary>Starts a worker in the background; it is stopped with the world.</summary>
    public RunningWorker StartWorker(string[]? queues = null, Action<WorkerOptions>? configure = null)
    {
        var running = new RunningWorker(new Worker(queues ?? ["default"], Rq, Options(configure)));
        _workers.Add(running);
        return running;
    }

    /// <summary>Runs a burst worker to its end, or until it is told to stop.</summary>
    public Task<long> RunBurstAsync(string[]? queues = null, Action<WorkerOptions>? configure = null, CancellationToken stop = default) =>
        new Worker(queues ?? ["default"], Rq, Options(options =>
        {
            options.Burst = true;
            configure?.Invoke(options);
        })).RunAsync(stop).WaitAsync(Eventually.Limit, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (RunningWorker worker in _workers)
            await worker.DisposeAsync();
        await Rq.DisposeAsync();
    }

    // The tests of an assembly share one server, which ends with them.
    private static async Task<RedisServer> StartRedisAsync()
    {
        RedisServer server = await RedisServer.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Kill();
        return server;
    }

    private WorkerOptions Options(Action<WorkerOptions>? configure)
    {
        var options = new WorkerOptions
        {
            Functions = Functions,
            LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(LogCollector))),
        };
        configure?.Invoke(options);
        return options;
    }
}

/// <summary>A worker that runs in the background of a test.</summary>
public sealed class RunningWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();

    public RunningWorker(Worker worker)
    {
        Worker = worker;
        Completion = Task.Run(() => worker.RunAsync(_stop.Token, _abort.Token));
    }

    public Worker Worker { get; }

    public string Name => Worker.Name;

    /// <summary>Ends with the worker, and fails with it.</summary>
    public Task<long> Completion { get; }

    /// <summary>Warm: no more jobs, waits for those that run.</summary>
    public async Task<long> StopAsync()
    {
        await _stop.CancelAsync();
        return await Completion.WaitAsync(Eventually.Limit);
    }

    /// <summary>Cold: gives back what runs.</summary>
    public async Task<long> AbortAsync()
    {
        await _abort.CancelAsync();
        return await Completion.WaitAsync(Eventually.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await AbortAsync();
        _stop.Dispose();
        _abort.Dispose();
    }
}
