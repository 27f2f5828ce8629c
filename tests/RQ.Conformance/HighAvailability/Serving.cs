using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using RQ.WorkHorses;
using StackExchange.Redis;

namespace RQ.Conformance.HighAvailability;

/// <summary>Workers and producers of these tests.</summary>
internal static class Serving
{
    /// <summary>Gives up soon, so that tests of what is away do not take long.</summary>
    public static RqConnectionOptions Impatient(string prefix = "rq:") => new()
    {
        KeyPrefix = prefix,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        Configure = redis => (redis.AsyncTimeout, redis.SyncTimeout, redis.KeepAlive) = (1000, 1000, 1),
    };

    public static RunningWorker StartWorker(RqConnection rq, string[]? queues = null, FakeLogCollector? log = null, Action<WorkerOptions>? configure = null)
    {
        var options = new WorkerOptions { Functions = new JobFunctions().AddAssemblyOf<Backend>() };
        if (log is not null)
            options.LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(log)));
        configure?.Invoke(options);
        return new RunningWorker(new Worker(queues ?? ["default"], rq, options));
    }

    /// <summary>Has jobs run in the <c>rq</c> command as a work horse.</summary>
    public static Action<WorkerOptions> Horses(string url, string queue, params string[] arguments) => options =>
    {
        options.Isolation = Isolation.WorkHorse;
        options.WorkHorses.Command = new HorseCommand(
            "dotnet", [WorkerProcess.Tool], ["worker", "-u", url, "--assembly", typeof(Backend).Assembly.Location, .. arguments, queue]);
    };

    /// <summary>Enqueues a job until the server takes it, as a program does that wants it done: each attempt is told of by an exception that says why.</summary>
    public static Task<Job<int>> EnqueueAsync(RqConnection rq, string queue = "default") => Eventually.GivesAsync(
        async () =>
        {
            try
            {
                return await new Queue(queue, rq).EnqueueAsync(() => TestJobs.Add(20, 22));
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                return null;
            }
        },
        "the server takes jobs");

    /// <summary>Answers <c>null</c> while the server is away.</summary>
    public static async Task<T?> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return default;
        }
    }
}
