using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Looks after cron schedules.</summary>
/// <param name="Listed">How many were not listed as due when they are, and are now.</param>
/// <param name="Ahead">The names of those that were run, or stored, more than a day from now by the server's clock.</param>
internal sealed record CronCheck(int Listed, IReadOnlyList<string> Ahead)
{
    private const int Bite = 300;

    private static readonly Script s_script = Script.Load("cron_check");

    /// <summary>Does it for some names with each call, one call after the other: it is never urgent.</summary>
    public static async Task<CronCheck> ExecuteAsync(RqConnection rq, IEnumerable<string> names, CancellationToken stopping)
    {
        int listed = 0;
        var ahead = new List<string>();
        foreach (string[] bite in names.Chunk(Bite))
        {
            stopping.ThrowIfCancellationRequested();
            ScriptCall call = rq.Call(s_script);
            call.Keys.Add(rq.Keys.CronDue);
            call.Arguments.Add(rq.Keys.Prefix);
            call.Arguments.AddRange(bite.Select(name => (RedisValue)name));
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
            listed += (int)answer[0];
            ahead.AddRange((string[])answer[1]!);
        }

        return new CronCheck(listed, ahead);
    }
}
