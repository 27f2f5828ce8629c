using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Scheduling;

/// <summary>A scheduler that runs in the background of a test. It runs no cron schedules unless the test says so.</summary>
internal sealed class RunningScheduler : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _completion;

    private RunningScheduler(Scheduler scheduler)
    {
        Scheduler = scheduler;
        _completion = Task.Run(() => scheduler.RunAsync(_stop.Token));
    }

    public Scheduler Scheduler { get; }

    public string Name => Scheduler.Name;

    /// <summary>Starts one; without queues it serves all.</summary>
    public static RunningScheduler Start(TestWorld world, params string[] queues) => Start(world.Rq, world.LogCollector, queues);

    /// <summary>The same over a connection of its own.</summary>
    public static RunningScheduler Start(RqConnection rq, FakeLogCollector log, params string[] queues)
    {
        var options = new SchedulerOptions
        {
            RunsCron = false,
            LoggerFactory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(log))),
        };
        return new RunningScheduler(queues.Length == 0 ? new Scheduler(rq, options) : new Scheduler(queues, rq, options));
    }

    /// <summary>Waits until it holds the lock of a queue.</summary>
    public Task HoldsAsync(RqConnection rq, string queue = "default") =>
        Eventually.BecomesAsync(async () => await rq.Database.StringGetAsync(rq.Keys.SchedulerLock(queue)) == Name, $"the scheduler holds the lock of {queue}");

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _completion.WaitAsync(Eventually.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}

/// <summary>What tests of schedules ask for again and again.</summary>
internal static class ScheduleOf
{
    /// <summary>How many jobs of a queue are scheduled.</summary>
    public static Task<long> CountAsync(TestWorld world, string queue = "default") => world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Scheduled(queue));

    /// <summary>Who holds the lock of a queue.</summary>
    public static async Task<string?> OwnerAsync(TestWorld world, string queue = "default") => await world.Rq.Database.StringGetAsync(world.Rq.Keys.SchedulerLock(queue));

    /// <summary>Makes scheduled jobs due at another time, as if they had been scheduled so.</summary>
    public static Task MoveAsync(TestWorld world, DateTimeOffset due, IEnumerable<Job> jobs, string queue = "default") =>
        world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Scheduled(queue), [.. jobs.Select(job => new SortedSetEntry(job.Id, due.ToUnixTimeMilliseconds() / 1000.0))]);

    /// <summary>What was logged with an event id.</summary>
    public static string[] Logged(TestWorld world, int id) =>
        [.. world.LogCollector.GetSnapshot().Where(record => record.Id.Id == id).Select(record => record.Message)];
}
