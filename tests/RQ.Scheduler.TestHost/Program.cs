using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using RQ;
using RQ.TestSupport;

// Schedulers and workers with schedulers, to be killed and frozen by tests; and times as this process's time zone has them.
// scheduler URL [QUEUE…] | cron-and-scheduler URL [QUEUE…] (without a queue: all) | worker URL QUEUE… | times URL
string url = args[1];
string[] queues = args[2..];
using ILoggerFactory log = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddSimpleConsole());
using var stop = new CancellationTokenSource();
using PosixSignalRegistration onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
await using RqConnection rq = await RqConnection.ConnectAsync(url);
switch (args[0])
{
    case "scheduler" or "cron-and-scheduler":
        var options = new SchedulerOptions { LoggerFactory = log, RunsCron = args[0] != "scheduler" };
        await (queues.Length == 0 ? new Scheduler(rq, options) : new Scheduler(queues, rq, options)).RunAsync(stop.Token);
        break;
    case "worker":
        var worker = new Worker(queues, rq, new WorkerOptions
        {
            WithScheduler = true,
            RegisterCron = false,
            Concurrency = 10,
            Functions = new JobFunctions().AddAssemblyOf<TestWorld>(),
            LoggerFactory = log,
        });
        await worker.RunAsync(stop.Token);
        break;
    case "times":
        await ScheduleTimesAsync(new Queue("default", rq));
        break;
    default:
        throw new ArgumentException($"'{args[0]}' is none of scheduler, cron-and-scheduler, worker and times.");
}

// One line for each job: its id and the unix time that is meant.
static async Task ScheduleTimesAsync(Queue queue)
{
    // The same moments as people in this zone would write them, in winter and in summer.
    foreach (DateTime utc in new[] { new DateTime(2036, 1, 15, 12, 0, 0, DateTimeKind.Utc), new DateTime(2036, 7, 15, 12, 0, 0, DateTimeKind.Utc) })
    {
        DateTime local = utc.ToLocalTime();
        await AddAsync("utc", utc, utc);
        await AddAsync("local", local, utc);
        await AddAsync("unspecified", DateTime.SpecifyKind(local, DateTimeKind.Unspecified), utc);
        await AddAsync("offset", new DateTimeOffset(utc).ToOffset(TimeSpan.FromHours(5.5)), utc);
        await AddAsync("in", DateTimeOffset.UtcNow + (utc - DateTime.UtcNow), utc);
    }

    // A local time that is skipped or comes twice, where the zone has such: the rule is the runtime's, and nothing throws.
    foreach (DateTime odd in OddTimes())
        await AddAsync("odd", odd, new DateTimeOffset(odd).UtcDateTime);

    async Task AddAsync(string kind, DateTimeOffset due, DateTime meant)
    {
        Job job = await queue.EnqueueAtAsync(due, JobCall.To("a"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{job.Id} {new DateTimeOffset(meant).ToUnixTimeSeconds()} {kind} {TimeZoneInfo.Local.Id}"));
    }
}

// Each half hour of the days on which the clocks of 2036 change.
static IEnumerable<DateTime> OddTimes()
{
    for (var time = new DateTime(2036, 1, 1); time.Year == 2036; time = time.AddMinutes(30))
    {
        if (TimeZoneInfo.Local.IsInvalidTime(time) || TimeZoneInfo.Local.IsAmbiguousTime(time))
            yield return time;
    }
}
