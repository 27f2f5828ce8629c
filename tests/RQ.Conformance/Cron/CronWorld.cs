using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Scheduling;
using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Cron;

/// <summary>A world whose server has the clock of the test, and schedulers that are driven by hand: days pass in seconds.</summary>
internal sealed class CronWorld : IAsyncDisposable
{
    private int _schedulers;

    private CronWorld(TestWorld world, DateTimeOffset start)
    {
        World = world;
        Now = start;
        world.Rq.ScriptClock = () => (Now - DateTimeOffset.UnixEpoch).Ticks / 10;
    }

    public TestWorld World { get; }

    public RqConnection Rq => World.Rq;

    public CronSchedules Cron => World.Rq.Cron;

    /// <summary>The time by the server's clock.</summary>
    public DateTimeOffset Now { get; set; }

    public FakeLogCollector Logs { get; } = new();

    public static async Task<CronWorld> CreateAsync(Backend backend, string start = "2026-03-02 00:00:00", Action<RqConnectionOptions>? configure = null) =>
        new(await TestWorld.CreateAsync(backend, configure), At(start));

    /// <summary>A time in UTC.</summary>
    public static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal);

    /// <summary>One more scheduler.</summary>
    public CronDuty Duty(RqConnection? rq = null)
    {
        ILoggerFactory logging = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(Logs)));
        return new CronDuty(new SchedulerIdentity(rq ?? Rq, $"scheduler-{Interlocked.Increment(ref _schedulers)}", logging.CreateLogger("scheduler")), null);
    }

    /// <summary>Has a scheduler do all that is due now, and what it does beside.</summary>
    public static async Task<TimeSpan> RunAsync(CronDuty duty)
    {
        while (true)
        {
            TimeSpan wait = await duty.PassAsync(CancellationToken.None);
            await duty.Chores.Underway;
            if (wait > TimeSpan.Zero)
                return wait;
        }
    }

    /// <summary>Lets time pass, with a scheduler that wakes at each due time.</summary>
    public async Task RunUntilAsync(CronDuty duty, DateTimeOffset end)
    {
        while (true)
        {
            await RunAsync(duty);
            SortedSetEntry[] first = await Rq.Database.SortedSetRangeByRankWithScoresAsync(Rq.Keys.CronDue, 0, 0);
            DateTimeOffset next = first.Length == 0 ? end : DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(first[0].Score * 1e6) * 10);
            if (next >= end)
                break;
            Now = next > Now ? next : Now;
        }

        Now = end;
    }

    /// <summary>The same, with a scheduler that starts now and leaves at the end.</summary>
    public async Task RunUntilAsync(DateTimeOffset end)
    {
        CronDuty duty = Duty();
        await RunUntilAsync(duty, end);
        await duty.ReleaseAsync();
    }

    /// <summary>The jobs that wait on a queue, the first one first.</summary>
    public async Task<IReadOnlyList<Job>> JobsAsync(string queue = "default") => await World.Queue(queue).GetJobsAsync();

    /// <summary>The times that the jobs on a queue are for, of one schedule.</summary>
    public async Task<DateTimeOffset[]> TimesAsync(string name, string queue = "default") =>
        [.. (await JobsAsync(queue)).Where(job => job.CronName == name).Select(job => job.CronTime!.Value)];

    public async Task<CronEntry> EntryAsync(string name) => await Cron.FindAsync(name) ?? throw new InvalidOperationException($"There is no '{name}'.");

    public ValueTask DisposeAsync() => World.DisposeAsync();
}
