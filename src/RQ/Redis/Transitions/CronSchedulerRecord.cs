using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The list of the processes that run cron schedules, as RQ keeps it.</summary>
internal static class CronSchedulerRecord
{
    private static readonly Script s_announce = Script.Load("cron_announce");
    private static readonly Script s_read = Script.Load("cron_schedulers");

    /// <summary>Lists a scheduler, or shows that it lives.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="name">Its name.</param>
    /// <param name="fields">Fields of its hash and values.</param>
    /// <returns>Whether its schedules are listed; if not, the field for them must be written.</returns>
    public static async Task<bool> AnnounceAsync(RqConnection rq, string name, IEnumerable<RedisValue> fields)
    {
        ScriptCall call = rq.Call(s_announce);
        call.Keys.AddRange([rq.Keys.CronSchedulers, rq.Keys.CronScheduler(name)]);
        call.Arguments.Add(name);
        call.Arguments.AddRange(fields);
        return (int)await rq.SendAsync(call).ConfigureAwait(false) == 1;
    }

    /// <summary>Takes it off the list. As with RQ its hash stays until it expires.</summary>
    public static Task RemoveAsync(RqConnection rq, string name) => rq.Primary.SortedSetRemoveAsync(rq.Keys.CronSchedulers, name);

    /// <summary>Those that live: name, when each last showed it, its hash.</summary>
    public static async Task<IReadOnlyList<(string Name, DateTimeOffset? Heartbeat, IReadOnlyDictionary<string, string> Fields)>> ReadAsync(RqConnection rq)
    {
        ScriptCall call = rq.Call(s_read);
        call.Keys.Add(rq.Keys.CronSchedulers);
        call.Arguments.Add(rq.Keys.Prefix);
        var answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        return [.. answer.Select(one => ((string)one[0]!, RqTime.ParseUnix((string?)one[1]), Fields((string[])one[2]!)))];
    }

    private static Dictionary<string, string> Fields(string[] flat)
    {
        var fields = new Dictionary<string, string>();
        for (int i = 0; i + 1 < flat.Length; i += 2)
            fields[flat[i]] = flat[i + 1];
        return fields;
    }
}
