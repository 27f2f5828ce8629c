using System.Collections.Concurrent;
using RQ.Diagnostics;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>The duty to run the cron schedules: one scheduler at a time does it for the whole Redis database.</summary>
/// <remarks>
/// The right to do it only saves work. That each time is run once is seen to by the script that enqueues: it also moves the schedule on, and does neither when the
/// schedule is not as it was read.
/// </remarks>
internal sealed class CronDuty(SchedulerIdentity scheduler, string? configFile) : ISchedulerDuty
{
    /// <summary>How many schedules are run at once: over a slow line a thousand that are due at midnight do not wait for each other.</summary>
    private const int AtOnce = 16;

    /// <summary>When one that could not be run is tried again.</summary>
    private static readonly TimeSpan s_later = TimeSpan.FromSeconds(5);

    private readonly CronRunner _runner = new(scheduler.Connection);
    private readonly CronChores _chores = new(scheduler, configFile);
    private readonly ConcurrentDictionary<string, (string Key, Occurrences Times, MissedRow Missed)> _times = new();
    private readonly ConcurrentDictionary<string, (string Message, long At)> _troubles = new();
    private readonly ConcurrentDictionary<string, string> _stale = new();
    private IReadOnlySet<string>? _names;
    private bool _isHeld;
    private long _done;

    private RqConnection Rq => scheduler.Connection;

    /// <summary>What it does beside running them: for tests to wait for.</summary>
    internal CronChores Chores => _chores;

    public string What => "running cron schedules";

    public long Done => Interlocked.Read(ref _done);

    public async Task<TimeSpan> PassAsync(CancellationToken stopping)
    {
        CronPass pass = await CronPass.ExecuteAsync(Rq, scheduler.Name, SchedulerIdentity.LockTime).ConfigureAwait(false);
        if (_isHeld != pass.IsHeld)
            Log.CronRight(scheduler.Log, scheduler.Name, pass.IsHeld ? "runs" : "no longer runs");
        _isHeld = pass.IsHeld;
        if (!pass.IsHeld)
        {
            await _chores.LeaveAsync().ConfigureAwait(false);
            _times.Clear();
            _troubles.Clear();
            return pass.Count == 0 ? SchedulerIdentity.LockTime : pass.RunsOut;
        }

        foreach (string name in pass.Gone)
            Log.CronGone(scheduler.Log, name);
        await RunAsync(pass, stopping).ConfigureAwait(false);
        _chores.Start(pass, stopping);
        ForgetGone();
        if (pass.HasMore)
            return TimeSpan.Zero;
        TimeSpan next = pass.Coming is { } coming ? coming - pass.Now : SchedulerIdentity.RenewEvery;
        return next < SchedulerIdentity.RenewEvery ? next : SchedulerIdentity.RenewEvery;
    }

    public async Task ReleaseAsync()
    {
        await _chores.LeaveAsync().ConfigureAwait(false);
        await CronPass.ReleaseAsync(Rq, scheduler.Name).ConfigureAwait(false);
        _isHeld = false;
    }

    private async Task RunAsync(CronPass pass, CancellationToken stopping)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(pass.Due, parallel, async (schedule, _) =>
        {
            if (!stopping.IsCancellationRequested)
                await RunOneAsync(schedule, pass.Now).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task RunOneAsync(StoredCron schedule, DateTimeOffset now)
    {
        try
        {
            if (!await RunTimeAsync(schedule, now).ConfigureAwait(false))
                return;
            Interlocked.Increment(ref _done);
            _stale.TryRemove(schedule.Name, out _);
            if (_troubles.TryRemove(schedule.Name, out _))
                Log.CronWorksAgain(scheduler.Log, schedule.Name);
        }
        catch (Exception exception) when (!IsOutage(exception))
        {
            if (!_troubles.TryGetValue(schedule.Name, out (string Message, long At) known) || known.Message != exception.Message)
                Log.CronFailed(scheduler.Log, exception, schedule.Name, (int)s_later.TotalSeconds);
            _troubles[schedule.Name] = (exception.Message, Rq.TimeProvider.GetTimestamp());
            await CronSkip.PostponeAsync(Rq, schedule.Name, s_later).ConfigureAwait(false);
        }
    }

    /// <returns>Whether it went as it should; not when somebody else was faster.</returns>
    private async Task<bool> RunTimeAsync(StoredCron schedule, DateTimeOffset now)
    {
        if (!schedule.Exists)
            throw new RqException($"'{schedule.Name}' is listed as due, but what is stored as '{Rq.Keys.CronSchedule(schedule.Name)}' is no cron schedule. Remove it with Cron.RemoveAsync.");
        if (schedule.Next is not { } next)
            throw new RqException($"The cron schedule '{schedule.Name}' is listed as due, but does not say for which time.");
        (_, Occurrences times, MissedRow missed) = TimesOf(schedule);
        CronStep step = CronStep.Of(times, schedule.MissedRuns, schedule.MisfireThreshold, next, now, missed);
        if (step.Slot is { } slot)
        {
            CronRunner.Run run = await _runner.RunAsync(schedule, step, DueOf(times, step), CronJobId.Of(schedule.Name, slot)).ConfigureAwait(false);
            if (run.Job is { } job)
            {
                if (step.Skipped > 0)
                    Log.CronMissed(scheduler.Log, schedule.Name, step.Skipped);
                Log.CronEnqueued(scheduler.Log, schedule.Name, job.Id, job.Origin, slot);
                if (run.Trouble is { } trouble)
                    Log.CronNotEnded(scheduler.Log, trouble, schedule.Name, job.Id);
                _chores.Listing.Ran(schedule.Name, now, DueOf(times, step));
                return true;
            }

            if (run.Verdict is { } verdict)
            {
                if (verdict != CronVerdict.Stale)
                    _chores.Listing.Forget();
                else
                    NoteStale(schedule);
                return verdict == CronVerdict.Ran;
            }

            step = step.WithoutRun();
            Log.CronOverlaps(scheduler.Log, schedule.Name, slot);
        }
        else
        {
            Log.CronMissed(scheduler.Log, schedule.Name, step.Skipped);
        }

        bool isDone = await CronSkip.ExecuteAsync(Rq, new CronTurn(schedule.Name, schedule.Version, step, DueOf(times, step))).ConfigureAwait(false);
        if (isDone)
            _chores.Listing.Ran(schedule.Name, null, DueOf(times, step));
        else
            NoteStale(schedule);
        return isDone;
    }

    /// <summary>Whoever changes a schedule counts up its version. One that is as it was read, and is not taken for it, would be tried for ever.</summary>
    private void NoteStale(StoredCron schedule)
    {
        _chores.Listing.Forget();
        if (_stale.TryGetValue(schedule.Name, out string? known) && known == schedule.Version)
            throw new RqException($"The cron schedule '{schedule.Name}' cannot be run: its field '{CronFields.Version}' is '{schedule.Version}', and no whole number. Remove it, and store it anew.");
        _stale[schedule.Name] = schedule.Version;
    }

    /// <summary>Reading an expression and a zone takes longer than all the rest.</summary>
    private (string Key, Occurrences Times, MissedRow Missed) TimesOf(StoredCron schedule)
    {
        string key = schedule.TimesKey;
        if (_times.TryGetValue(schedule.Name, out (string Key, Occurrences Times, MissedRow Missed) known) && known.Key == key)
            return known;
        return _times[schedule.Name] = (key, schedule.Times(), new MissedRow());
    }

    // Then all of them fail, and the whole pass is made again.
    internal static bool IsOutage(Exception exception) => exception is RedisConnectionException or TimeoutException or ObjectDisposedException;

    private static DateTimeOffset? DueOf(Occurrences times, CronStep step) => step.Next is { } next ? times.Due(next) : null;

    // One that was stored just now is only read once more.
    private void ForgetGone()
    {
        if (_chores.Names is not { } names || names == _names)
            return;
        _names = names;
        foreach (string name in _times.Keys.Concat(_stale.Keys).Where(name => !names.Contains(name)))
        {
            _times.TryRemove(name, out _);
            _stale.TryRemove(name, out _);
        }

        // What is due and not among the schedules goes on being tried, and is not told of again and again.
        foreach (string name in _troubles.Where(trouble => Rq.TimeProvider.GetElapsedTime(trouble.Value.At) > TimeSpan.FromMinutes(1)).Select(trouble => trouble.Key))
            _troubles.TryRemove(name, out _);
    }
}
