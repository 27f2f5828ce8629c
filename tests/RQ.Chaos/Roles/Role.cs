using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using RQ.Chaos.Ledger;
using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Chaos.Roles;

/// <summary>One process of the cast: it connects, does its part and ends when it is told to. Its log is its output.</summary>
internal static class Role
{
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(300);

    public static async Task<int> RunAsync(RoleOptions options)
    {
        using ILoggerFactory log = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        }));
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        using var time = new SteppedTime(options.Clock);
        var ledger = new LedgerFile(options.Ledger);
        ChaosJobs.WriteTo(ledger);
        try
        {
            await using RqConnection rq = await ConnectAsync(options, time, log.CreateLogger("chaos"), stop.Token);
            await (options.Role switch
            {
                "producer" => new Producer(rq, ledger, options).RunAsync(stop.Token),
                "worker" => WorkAsync(rq, options, log, stop.Token),
                "scheduler" => new Scheduler(rq, new SchedulerOptions { LoggerFactory = log }).RunAsync(stop.Token),
                _ => throw new ArgumentException($"'{options.Role}' is none of producer, worker and scheduler."),
            });
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
    }

    /// <summary>A worker waits for a server that goes away while it works; at its start that is left to its host.</summary>
    private static async Task WorkAsync(RqConnection rq, RoleOptions options, ILoggerFactory log, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await new Worker(options.Queues, rq, WorkerOptions(options, log)).RunAsync(stop);
                return;
            }
            catch (Exception exception) when (ConnectionLoss.Is(exception))
            {
                log.CreateLogger("chaos").LogWarning("No server at the start: {Message}", exception.Message);
                await Task.Delay(s_again, stop);
            }
        }
    }

    private static WorkerOptions WorkerOptions(RoleOptions options, ILoggerFactory log) => new()
    {
        Name = options.Name,
        Isolation = options.Isolation,
        Concurrency = options.Concurrency,
        WithScheduler = options.WithScheduler,
        RegisterCron = false,
        Functions = new JobFunctions().AddAssembly(typeof(ChaosJobs).Assembly),
        LoggerFactory = log,
        // Many passes in a short run.
        MaintenanceInterval = TimeSpan.FromMinutes(1),
    };

    /// <summary>Whatever strikes the server at the moment, it will be over.</summary>
    private static async Task<RqConnection> ConnectAsync(RoleOptions options, TimeProvider time, ILogger log, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return await RqConnection.ConnectAsync(options.Url, new RqConnectionOptions { TimeProvider = time }, stop);
            }
            catch (Exception exception) when (exception is RedisException or RqException or TimeoutException or IOException)
            {
                log.LogWarning("No server yet: {Message}", exception.Message);
                await Task.Delay(s_again, stop);
            }
        }
    }
}
