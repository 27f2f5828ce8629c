using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Which tables of cron schedules there are, and what belongs to them.</summary>
internal static class CronOwners
{
    /// <summary>How many schedules one call asks for their source, so that it holds the server for a millisecond.</summary>
    private const int Bite = 500;

    private const int AtOnce = 8;

    private static readonly Script s_owned = Script.Load("cron_owned");

    /// <summary>The sources of all tables that hold something.</summary>
    public static async Task<IReadOnlyList<string>> SourcesAsync(RqConnection rq) =>
        Array.ConvertAll(await rq.Primary.HashKeysAsync(rq.Keys.CronTables).ConfigureAwait(false), source => (string)source!);

    /// <summary>The token of a table's last change; empty when there is no such table. To be read before anything of the table.</summary>
    public static async Task<string> TokenAsync(RqConnection rq, string source) =>
        (string?)await rq.Primary.HashGetAsync(rq.Keys.CronTables, source).ConfigureAwait(false) ?? "";

    /// <summary>The names of the schedules of a source.</summary>
    public static async Task<IReadOnlyList<string>> NamesAsync(RqConnection rq, string source)
    {
        var owned = new List<string>();
        RedisValue[] names = await rq.Primary.SetMembersAsync(rq.Keys.CronSchedules).ConfigureAwait(false);
        foreach (RedisValue[][] bites in names.Chunk(Bite).Chunk(AtOnce))
        {
            foreach (string[] answer in await Task.WhenAll(bites.Select(bite => OwnedAsync(rq, source, bite))).ConfigureAwait(false))
                owned.AddRange(answer);
        }

        return owned;
    }

    private static async Task<string[]> OwnedAsync(RqConnection rq, string source, RedisValue[] names)
    {
        ScriptCall call = rq.Call(s_owned);
        call.Arguments.AddRange([rq.Keys.Prefix, source]);
        call.Arguments.AddRange(names);
        return (string[])(await rq.SendAsync(call).ConfigureAwait(false))!;
    }
}
