using System.Collections.Concurrent;

namespace RQ.Conformance.Samples;

/// <summary>The examples of the page on scheduling, line by line; <see cref="SchedulingTests"/> compares the two.</summary>
public static class SchedulingExample
{
    public static async Task RunAsync(RqConnection rq, JobFunctions functions, CancellationToken stoppingToken)
    {
        await new Worker(["default", "low"], rq, new WorkerOptions { Functions = functions, WithScheduler = true }).RunAsync(stoppingToken);
    }

    public static async Task LaterAsync(Queue queue)
    {
        Job yearly = await queue.EnqueueAtAsync(new DateTimeOffset(2100, 1, 1, 9, 0, 0, TimeSpan.FromHours(1)), () => Reports.Send("yearly"));
        Job soon = await queue.EnqueueInAsync(TimeSpan.FromMilliseconds(200), () => Reports.Send("soon"));
        await yearly.CancelAsync();

        await queue.EnqueueAsync(() => Reports.Send("thrice"), new JobOptions { Repeat = new Repeat(2, TimeSpan.FromSeconds(1)) });
    }

    public static async Task StoreAsync(RqConnection rq)
    {
        await rq.Cron.AddOrUpdateAsync("report", "0 9 * * MON-FRI", () => Reports.Send("daily"), "Europe/Berlin", new JobOptions { Timeout = TimeSpan.FromMinutes(10) });
        await rq.Cron.AddOrUpdateAsync(CronSchedule.Every("clean-up", TimeSpan.FromMinutes(5), () => Reports.CleanUp()) with { Queue = "low", Overlap = CronOverlap.Skip });
    }

    public static async Task<(IReadOnlyList<DateTimeOffset> Next, Job? Now)> ManageAsync(RqConnection rq)
    {
        foreach (CronEntry entry in await rq.Cron.ListAsync())
            Console.WriteLine($"{entry.Name}: next {entry.NextTime:u}, last {entry.LastOutcome}, {entry.EnqueuedCount} jobs so far");
        IReadOnlyList<DateTimeOffset> next = CronSchedule.For("try", "0 0 1 * MON#1", () => Reports.CleanUp()).Preview(DateTimeOffset.UnixEpoch, count: 3);
        await rq.Cron.PauseAsync("report");
        Job? now = await rq.Cron.TriggerAsync("report");
        await rq.Cron.ResumeAsync("report");
        await rq.Cron.RemoveAsync("clean-up");
        return (next, now);
    }
}

public static class Reports
{
    public static ConcurrentQueue<string> Sent { get; } = new();

    public static void Send(string name) => Sent.Enqueue(name);

    public static void CleanUp() => Sent.Enqueue("clean");
}
