using System.Globalization;
using System.Text;
using RQ.Diagnostics;
using RQ.Redis;
using RQ.Redis.Transitions;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>
/// Lists the scheduler that runs the cron schedules among RQ's cron schedulers, with all schedules, so that RQ's tools show them. Only that one is listed: each
/// schedule is seen once.
/// </summary>
internal sealed class CronListing(SchedulerIdentity scheduler, string? configFile)
{
    /// <summary>RQ takes one for dead that has not been heard of for two minutes.</summary>
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly string _name = $"{Environment.MachineName}:{Environment.ProcessId}:{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(3))}";
    private readonly DateTimeOffset _createdAt = scheduler.Connection.TimeProvider.GetUtcNow();
    private readonly SortedDictionary<string, ListedCron> _schedules = new(StringComparer.Ordinal);
    private readonly List<(string Name, DateTimeOffset? EnqueuedAt, DateTimeOffset? NextDue)> _ranMeanwhile = [];
    private string? _changes;
    private bool _isReading;
    private bool _isListed;
    private long _version = 1;
    private long _writtenVersion;
    private long _readAt;
    private long _writtenAt;
    private long _beatAt;

    private RqConnection Rq => scheduler.Connection;

    /// <summary>How long one list holds: a second for every thousand schedules, at least one.</summary>
    private TimeSpan Pause => TimeSpan.FromSeconds(1 + _schedules.Count / 1000);

    /// <summary>A schedule has gone on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="enqueuedAt">When a job of it was enqueued; <c>null</c> when that was left out.</param>
    /// <param name="nextDue">When it is due next.</param>
    public void Ran(string name, DateTimeOffset? enqueuedAt, DateTimeOffset? nextDue)
    {
        lock (_lock)
        {
            if (_isReading)
                _ranMeanwhile.Add((name, enqueuedAt, nextDue));
            Note(name, enqueuedAt, nextDue);
            _version++;
        }
    }

    /// <summary>A schedule was changed by somebody else.</summary>
    public void Forget()
    {
        lock (_lock)
            _changes = null;
    }

    /// <summary>Writes what has changed, now and then, and shows that the scheduler lives. Schedules may go on meanwhile.</summary>
    /// <param name="changes">See <see cref="CronPass.Changes"/>.</param>
    /// <param name="stopping">Ends it early.</param>
    public async Task RefreshAsync(string changes, CancellationToken stopping)
    {
        if ((changes != _changes || !_isListed) && (!_isListed || IsOver(_readAt, Pause)))
            await ReadAsync(changes, stopping).ConfigureAwait(false);
        if (!_isListed || (_version != _writtenVersion && IsOver(_writtenAt, Pause)))
            await WriteAsync(withSchedules: true).ConfigureAwait(false);
        else if (IsOver(_beatAt, s_beat))
            await WriteAsync(withSchedules: false).ConfigureAwait(false);
    }

    /// <summary>Takes the scheduler off the list.</summary>
    public async Task LeaveAsync()
    {
        if (!_isListed)
            return;
        await CronSchedulerRecord.RemoveAsync(Rq, _name).ConfigureAwait(false);
        _isListed = false;
        _changes = null;
        Log.CronUnlisted(scheduler.Log, _name);
    }

    private async Task ReadAsync(string changes, CancellationToken stopping)
    {
        // Before it is read: what a schedule did meanwhile is newer.
        lock (_lock)
        {
            _changes = changes;
            _isReading = true;
        }

        try
        {
            string[] names = [.. (await Rq.Primary.SetMembersAsync(Rq.Keys.CronSchedules).ConfigureAwait(false)).Select(name => (string)name!)];
            Take(await CronRead.ExecuteAsync(Rq, names, stopping).ConfigureAwait(false));
        }
        catch
        {
            Forget();
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _isReading = false;
                _ranMeanwhile.Clear();
            }
        }
    }

    private void Take(CronRead read)
    {
        Dictionary<string, ListedCron> all = [];
        foreach (StoredCron schedule in read.Schedules)
        {
            if (ListedCron.Of(Rq, schedule) is { } listed)
                all[schedule.Name] = listed;
        }

        lock (_lock)
        {
            _schedules.Clear();
            foreach ((string name, ListedCron listed) in all)
                _schedules[name] = listed;
            foreach ((string name, DateTimeOffset? enqueuedAt, DateTimeOffset? nextDue) in _ranMeanwhile)
                Note(name, enqueuedAt, nextDue);
            _version++;
            _readAt = Rq.TimeProvider.GetTimestamp();
        }
    }

    private void Note(string name, DateTimeOffset? enqueuedAt, DateTimeOffset? nextDue)
    {
        if (_schedules.TryGetValue(name, out ListedCron? listed))
            _schedules[name] = listed with { LastTime = enqueuedAt ?? listed.LastTime, NextTime = nextDue };
    }

    private async Task WriteAsync(bool withSchedules)
    {
        List<RedisValue> fields =
        [
            "hostname", Environment.MachineName, "pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            "created_at", RqTime.Timestamp(_createdAt), "config_file", configFile ?? "",
        ];
        (string text, long version) = withSchedules ? Text() : ("", 0);
        if (withSchedules)
            fields.AddRange(["cron_jobs", text]);
        bool hasSchedules = await CronSchedulerRecord.AnnounceAsync(Rq, _name, fields).ConfigureAwait(false);
        if (!_isListed)
            Log.CronListed(scheduler.Log, _name);
        _isListed = true;
        _beatAt = Rq.TimeProvider.GetTimestamp();
        if (withSchedules)
            (_writtenAt, _writtenVersion) = (_beatAt, version);
        // The hash may have expired while the server was out of reach.
        else if (!hasSchedules)
            _writtenVersion = 0;
    }

    private (string Text, long Version) Text()
    {
        lock (_lock)
        {
            var text = new StringBuilder("[");
            foreach (ListedCron schedule in _schedules.Values)
                schedule.AppendTo(text.Length > 1 ? text.Append(", ") : text);
            return (text.Append(']').ToString(), _version);
        }
    }

    private bool IsOver(long since, TimeSpan time) => Rq.TimeProvider.GetElapsedTime(since) >= time;
}
