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
            return null;
        string[] gone = [.. stored.Definition.Select(field => field.Key).Where(field => !wanted.Fields.ContainsKey(field))];
        var change = new CronChange(wanted.Name, stored.Version, gone, [.. wanted.Fields]);
        if (wanted.HasSameTimes(stored) || stored.IsPaused)
            return change;
        var times = new Occurrences(wanted.Schedule, stored.CreatedAt);
        return change.With(times, times.After(Later(now, stored.Passed)));
    }

    /// <summary>Lets it rest.</summary>
    public static CronChange? Pause(StoredCron stored) =>
        stored.IsPaused ? null : new CronChange(stored.Name, stored.Version, [], [new(CronFields.IsPaused, 1)]) { SetsTimes = true };

    /// <summary>Lets it go on.</summary>
    public static CronChange? Resume(StoredCron stored, DateTimeOffset now)
    {
        if (!stored.IsPaused)
            return null;
        Occurrences times = stored.Times();
        return new CronChange(stored.Name, stored.Version, [CronFields.IsPaused], []).With(times, times.After(Later(now, stored.Passed)));
    }

    private static CronChange Create(CronDefinition wanted, DateTimeOffset now)
    {
        DateTimeOffset created = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var times = new Occurrences(wanted.Schedule, created);
        // The first time of an interval is when it is stored; on the calendar it is the first one to come.
        DateTimeOffset? next = wanted.Schedule.Interval is not null ? times.From(created) : times.After(now);
        return new CronChange(wanted.Name, "", [], [.. wanted.Fields, new(CronFields.CreatedAt, RqTime.Timestamp(created))]).With(times, next);
    }

    private CronChange With(Occurrences times, DateTimeOffset? next) => this with
    {
        SetsTimes = true,
        Next = next is { } time ? CronStep.Text(time) : "",
        Due = next is { } slot ? RqTime.Unix(times.Due(slot)) : "",
    };

    private static DateTimeOffset Later(DateTimeOffset now, DateTimeOffset? passed) => passed > now ? passed.Value : now;
}
