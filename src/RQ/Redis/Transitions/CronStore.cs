using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Stores, changes and removes cron schedules, and tells the schedulers.</summary>
internal static class CronStore
{
    private static readonly Script s_script = Script.Load("cron_store");
    private static readonly Script s_owned = Script.Load("cron_owned");

    /// <summary>Does all of it or nothing; sending it again changes nothing.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="changes">What to store.</param>
    /// <param name="removes">Names of schedules to remove.</param>
    /// <param name="source">Only if they belong to this source; <c>null</c> for whichever.</param>
    /// <returns>How many were removed; <c>null</c> when something has changed meanwhile and nothing was done.</returns>
    public static async Task<long?> ExecuteAsync(RqConnection rq, IReadOnlyList<CronChange> changes, IReadOnlyList<string> removes, string? source)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.CronSchedules, keys.CronDue, keys.CronChanges]);
        call.Keys.AddRange(changes.Select(change => (RedisKey)keys.CronSchedule(change.Name)));
        call.Keys.AddRange(removes.Select(name => (RedisKey)keys.CronSchedule(name)));
        call.Arguments.AddRange([keys.Prefix, Tokens.New(), changes.Count, source is not null, source ?? ""]);
        foreach (CronChange change in changes)
        {
            call.Arguments.AddRange([change.Name, change.Version, change.SetsTimes ? "set" : "keep", change.Next, change.Due, change.Deletes.Count]);
            call.Arguments.AddRange(change.Deletes.Select(field => (RedisValue)field));
            call.Arguments.Add(change.Sets.Count * 2);
            call.Arguments.AddRange(change.Sets.SelectMany(field => new RedisValue[] { field.Key, field.Value }));
        }

        call.Arguments.AddRange(removes.Select(name => (RedisValue)name));
        RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        return (string?)answer[0] == "ok" ? (long)answer[1] : null;
    }

    /// <summary>The schedules whose source begins with a text: names and sources.</summary>
    public static async Task<IReadOnlyList<(string Name, string Source)>> OwnedAsync(RqConnection rq, string source)
    {
        ScriptCall call = rq.Call(s_owned);
        call.Keys.Add(rq.Keys.CronSchedules);
        call.Arguments.AddRange([rq.Keys.Prefix, source]);
        var answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        return [.. answer.Select(one => ((string)one[0]!, (string)one[1]!))];
    }
}
