using RQ;

namespace Site;

/// <summary>Methods that have schedules by themselves. They are in a program of their own, so that no other test finds them.</summary>
public class Nightly
{
    [Cron("0 3 * * *", TimeZone = "Europe/Berlin", Overlap = CronOverlap.Skip, JitterSeconds = 60)]
    public static void CleanUp() => Console.WriteLine("clean");

    /// <summary>An instance method: the worker makes the object.</summary>
    [Cron("*/5 * * * *", Name = "often", MissedRuns = 3)]
    [Cron("0 0 1 * *", Name = "rarely", MissedRuns = 0)]
    public Task ReportAsync(string kind = "short", CancellationToken cancellationToken = default) => Task.FromResult(kind).WaitAsync(cancellationToken);

    /// <summary>Has a name and a queue of its own.</summary>
    [Job("site.bill", Queue = "billing", TimeoutSeconds = 900)]
    [Cron("0 8 * * MON")]
    public static void Bill()
    {
    }
}
