using RQ.Redis;
using StackExchange.Redis;

namespace RQ.Scheduling;

/// <summary>A change of a cron schedule that counts only if it is as it was read.</summary>
/// <param name="Name">The schedule.</param>
/// <param name="Version">Its version when it was read; empty when there was none of that name.</param>
/// <param name="Deletes">Fields to delete.</param>
/// <param name="Sets">Fields to set.</param>
internal sealed record CronChange(string Name, string Version, IReadOnlyList<string> Deletes, IReadOnlyList<KeyValuePair<string, RedisValue>> Sets)
{
    /// <summary>
    /// A schedule that was run, or stored, further ahead of the server's clock than this was so by a clock that was wrong: it goes on from now,
    /// and does not wait until that time comes again.
    /// </summary>
    private static readonly TimeSpan s_mostAhead = TimeSpan.FromDays(1);

    /// <summary>Whether its next time is set anew.</summary>
    public bool SetsTimes { get; private init; }

    public string Next { get; private init; } = "";

    public string Due { get; private init; } = "";

    public long Size => Sets.Sum(pair => pair.Key.Length + pair.Value.Length());

    /// <summary>Stores a new schedule, or makes a stored one what it shall be.</summary>
    /// <returns><c>null</c> when that is what it is.</returns>
    public static CronChange? Of(CronDefinition wanted, StoredCron stored, DateTimeOffset now)
    {
        if (!stored.Exists)
            return Create(wanted, now);
        if (wanted.IsSame(stored))
            return Mend(stored, now);
        string[] gone = [.. stored.Definition.Select(field => field.Key).Where(field => !wanted.Fields.ContainsKey(field))];
        return new CronChange(wanted.Name, stored.Version, gone, [.. wanted.Fields]).GoOn(wanted, !wanted.HasSameTimes(stored), stored, now);
    }

    /// <summary>Changes what differs between two schedules; all else stays as it is stored.</summary>
    /// <param name="before">The schedule as it is stored.</param>
    /// <param name="after">What it shall be.</param>
    /// <param name="stored">What is stored.</param>
    /// <param name="now">The server's time.</param>
    /// <returns><c>null</c> when they are the same.</returns>
    public static CronChange? Between(CronDefinition before, CronDefinition after, StoredCron stored, DateTimeOffset now)
    {
        string[] gone = [.. before.Fields.Keys.Where(field => !after.Fields.ContainsKey(field))];
        KeyValuePair<string, RedisValue>[] sets = [.. after.Fields.Where(field => !before.Fields.TryGetValue(field.Key, out RedisValue old) || old != field.Value)];
        return gone.Length + sets.Length == 0
            ? Mend(stored, now)
            : new CronChange(stored.Name, stored.Version, gone, sets).GoOn(after, !after.HasSameTimes(before), stored, now);
    }

    /// <summary>Lets it rest.</summary>
    public static CronChange? Pause(StoredCron stored) =>
        stored.IsPaused ? null : new CronChange(stored.Name, stored.Version, [], [new(CronFields.IsPaused, 1)]) { SetsTimes = true };

    /// <summary>Lets it go on.</summary>
    public static CronChange? Resume(StoredCron stored, DateTimeOffset now) =>
        stored.IsPaused ? new CronChange(stored.Name, stored.Version, [CronFields.IsPaused], []).GoOn(stored.TimesFrom, stored, now) : null;

    /// <summary>Wakes one that a wrong clock has put to sleep.</summary>
    /// <returns><c>null</c> when it is not one of those.</returns>
    public static CronChange? Mend(StoredCron stored, DateTimeOffset now) =>
        stored is { Exists: true, IsPaused: false } && IsAhead(stored, now) ? new CronChange(stored.Name, stored.Version, [], []).GoOn(stored.TimesFrom, stored, now) : null;

    private static CronChange Create(CronDefinition wanted, DateTimeOffset now)
    {
        DateTimeOffset created = WholeSeconds(now);
        var times = new Occurrences(wanted.Schedule, created);
        // The first time of an interval is when it is stored; on the calendar it is the first one to come.
        DateTimeOffset? next = wanted.Schedule.Interval is not null ? times.From(created) : times.After(now);
        return new CronChange(wanted.Name, "", [], [.. wanted.Fields, new(CronFields.CreatedAt, RqTime.Timestamp(created))]).With(times, next);
    }

    private CronChange GoOn(CronDefinition wanted, bool hasNewTimes, StoredCron stored, DateTimeOffset now) =>
        !stored.IsPaused && (hasNewTimes || IsAhead(stored, now)) ? GoOn(created => new Occurrences(wanted.Schedule, created), stored, now) : this;

    /// <summary>With the first time that comes after now and after the last one that is over. One that is due already and still one of its times is that.</summary>
    private CronChange GoOn(Func<DateTimeOffset, Occurrences> timesOf, StoredCron stored, DateTimeOffset now)
    {
        if (IsAhead(stored, now))
            return StartAnew(timesOf, stored, now);
        Occurrences times = timesOf(stored.CreatedAt);
        DateTimeOffset? next = times.After(stored.Passed > now ? stored.Passed.Value : now);
        if (stored.Next is { } pending && !(pending >= next) && times.From(pending) == pending)
            next = pending;
        return With(times, next);
    }

    private CronChange StartAnew(Func<DateTimeOffset, Occurrences> timesOf, StoredCron stored, DateTimeOffset now)
    {
        DateTimeOffset created = stored.CreatedAt - now > s_mostAhead ? WholeSeconds(now) : stored.CreatedAt;
        Occurrences times = timesOf(created);
        CronChange change = this with { Deletes = [.. Deletes, CronFields.Passed], Sets = [.. Sets, new(CronFields.CreatedAt, RqTime.Timestamp(created))] };
        return change.With(times, times.After(now));
    }

    private CronChange With(Occurrences times, DateTimeOffset? next) => this with
    {
        SetsTimes = true,
        Next = next is { } time ? CronStep.Text(time) : "",
        Due = next is { } slot ? RqTime.Unix(times.Due(slot)) : "",
    };

    private static bool IsAhead(StoredCron stored, DateTimeOffset now) => stored.Passed - now > s_mostAhead || stored.CreatedAt - now > s_mostAhead;

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
