using Microsoft.Extensions.Logging.Abstractions;
using RQ.Scheduling;
using RQ.TestSupport;

namespace RQ.Conformance.Golden;

/// <summary>The play about cron schedules.</summary>
internal static partial class GoldenPlays
{
    private const string CronFile = "/srv/app/fixture_cron_config.py";

    private static async Task CronAsync(GoldenRun run)
    {
        // One of them is due each five minutes, and must not be now.
        await Eventually.BecomesAsync(() => DateTime.UtcNow is not { Second: >= 45 } now || now.Minute % 5 != 4, "no five minutes are just over");
        // RQ stores 500 s with each job of a schedule, its default.
        var options = new JobOptions { ResultTtl = Seconds(500) };
        await run.World.Rq.Cron.ReplaceAsync(CronFile, [
            new CronSchedule { Name = "fixture_tasks.add", Call = Add(1, 2), Interval = Seconds(30), Options = options with { Timeout = Seconds(60) } },
            new CronSchedule
            {
                Name = "fixture_tasks.greet",
                Call = JobCall.To("fixture_tasks.greet", ["you"], new Dictionary<string, object?> { ["greeting"] = "Hi" }),
                Cron = "*/5 * * * *",
                Options = options with { Meta = new Dictionary<string, object?> { ["m"] = 1 } },
            }]);
        var duty = new CronDuty(new SchedulerIdentity(run.World.Rq, Guid.NewGuid().ToString("N"), NullLogger.Instance), CronFile);
        await Cron.CronWorld.RunAsync(duty);
        await run.SnapAsync("running");

        await duty.ReleaseAsync();
        await run.SnapAsync("after SIGTERM");
    }
}
