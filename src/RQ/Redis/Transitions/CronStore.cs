using RQ.Scheduling;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Stores, changes and removes cron schedules, and tells the schedulers.</summary>
internal static class CronStore
{
    private static readonly Script s_script = Script.Load("cron_store");

    /// <summary>A table that is replaced.</summary>
    /// <param name="Source">What it is known by: only what belongs to it is removed.</param>
    /// <param name="IsEmpty">Whether it holds no schedules any more.</param>
    /// <param name="Seen">The token of its last change, as it was read; empty for none.</param>
    public sealed record Table(string Source, bool IsEmpty, string Seen);

    /// <summary>Does all of it or nothing; sending it again changes nothing.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="token">Tells this call from all others. It is the token of the table from now on, if that is not empty.</param>
    /// <param name="changes">What to store.</param>
    /// <param name="removes">Names of schedules to remove.</param>
    /// <param name="table">The table that is replaced; <c>null</c> for single schedules.</param>
    /// <returns>How many were removed; <c>null</c> when something has changed meanwhile and nothing was done.</returns>
    public static async Task<long?> ExecuteAsync(RqConnection rq, string token, IReadOnlyList<CronChange> changes, IReadOnlyList<string> removes, Table? table)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.CronSchedules, keys.CronDue, keys.CronChanges, keys.CronTables]);
        call.Keys.AddRange(changes.Select(change => (RedisKey)keys.CronSchedule(change.Name)));
        call.Keys.AddRange(removes.Select(name => (RedisKey)keys.CronSchedule(name)));
        string kind = table is null ? "none" : table.IsEmpty ? "empty" : "full";
        call.Arguments.AddRange([keys.Prefix, token, changes.Count, kind, table?.Source ?? "", table?.Seen ?? ""]);
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
}
