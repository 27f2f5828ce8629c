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
    private string? _changes;
    private bool _isListed;
    private bool _isDirty;
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
            if (_schedules.TryGetValue(name, out ListedCron? listed))
                _schedules[name] = listed with { LastTime = enqueuedAt ?? listed.LastTime, NextTime = nextDue };
            _isDirty = true;
        }
    }

    /// <summary>A schedule was changed by somebody else.</summary>
    public void Forget()
    {
        lock (_lock)
            _changes = null;
    }

    /// <summary>Writes what has changed, now and then, and shows that the scheduler lives.</summary>
    public async Task RefreshAsync(CronPass pass)
    {
        if ((pass.Changes != _changes || !_isListed) && (!_isListed || IsOver(_readAt, Pause)))
        {
            await ReadAsync(pass.Changes).ConfigureAwait(false);
            _isDirty = true;
        }

        if (!_isListed || (_isDirty && IsOver(_writtenAt, Pause)))
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

    private async Task ReadAsync(string changes)
    {
        string[] names = [.. (await Rq.Database.SetMembersAsync(Rq.Keys.CronSchedules).ConfigureAwait(false)).Select(name => (string)name!)];
        CronRead read = await CronRead.ExecuteAsync(Rq, names, CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            _schedules.Clear();
            foreach (StoredCron schedule in read.Schedules)
            {
                if (ListedCron.Of(Rq, schedule) is { } listed)
                    _schedules[schedule.Name] = listed;
            }

            _changes = changes;
            _readAt = Rq.TimeProvider.GetTimestamp();
        }
    }

    private async Task WriteAsync(bool withSchedules)
    {
        List<RedisValue> fields =
        [
            "hostname", Environment.MachineName, "pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
            "created_at", RqTime.Timestamp(_createdAt), "config_file", configFile ?? "",
        ];
        if (withSchedules)
            fields.AddRange(["cron_jobs", Text()]);
        bool hasSchedules = await CronSchedulerRecord.AnnounceAsync(Rq, _name, fields).ConfigureAwait(false);
        if (!_isListed)
            Log.CronListed(scheduler.Log, _name);
        _isListed = true;
        _beatAt = Rq.TimeProvider.GetTimestamp();
        if (withSchedules)
            _writtenAt = _beatAt;
        // The hash may have expired while the server was out of reach.
        else if (!hasSchedules)
            _isDirty = true;
    }

    private string Text()
    {
        lock (_lock)
        {
            var text = new StringBuilder("[");
            foreach (ListedCron schedule in _schedules.Values)
                schedule.AppendTo(text.Length > 1 ? text.Append(", ") : text);
            _isDirty = false;
            return text.Append(']').ToString();
        }
    }

    private bool IsOver(long since, TimeSpan time) => Rq.TimeProvider.GetElapsedTime(since) >= time;
}
