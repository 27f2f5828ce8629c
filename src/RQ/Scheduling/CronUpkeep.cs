using RQ.Diagnostics;
using RQ.Redis.Transitions;

namespace RQ.Scheduling;

/// <summary>
/// Looks after all cron schedules now and then: one that fell off the list of what is due, such as by a backup that was restored in part, is listed again;
/// one that was run by a clock that was far ahead does not wait until that time comes again.
/// </summary>
internal sealed class CronUpkeep(SchedulerIdentity scheduler)
{
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    private long? _last;

    /// <summary>The names of all schedules when it last looked; <c>null</c> before.</summary>
    public IReadOnlySet<string>? Names { get; private set; }

    private RqConnection Rq => scheduler.Connection;

    public bool IsDue => _last is not { } last || Rq.TimeProvider.GetElapsedTime(last) >= s_every;

    public async Task RunAsync(CancellationToken stopping)
    {
        _last = Rq.TimeProvider.GetTimestamp();
        HashSet<string> names = [.. (await Rq.Primary.SetMembersAsync(Rq.Keys.CronSchedules).ConfigureAwait(false)).Select(name => (string)name!)];
        CronCheck check = await CronCheck.ExecuteAsync(Rq, names, stopping).ConfigureAwait(false);
        if (check.Listed > 0)
            Log.CronListedAgain(scheduler.Log, check.Listed);
        CronRead ahead = await CronRead.ExecuteAsync(Rq, check.Ahead, stopping).ConfigureAwait(false);
        foreach (StoredCron schedule in ahead.Schedules)
            await MendAsync(schedule, ahead.Now).ConfigureAwait(false);
        Names = names;
    }

    private async Task MendAsync(StoredCron schedule, DateTimeOffset now)
    {
        try
        {
            // If it has changed meanwhile the next look will see to it.
            if (CronChange.Mend(schedule, now) is { } change && await CronStore.ExecuteAsync(Rq, RQ.Redis.Tokens.New(), [change], [], null).ConfigureAwait(false) is not null)
                Log.CronMended(scheduler.Log, schedule.Name);
        }
        catch (Exception exception) when (exception is RqException or ArgumentException)
        {
            // It cannot be read: running it tells the log.
        }
    }
}
