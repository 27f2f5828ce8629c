using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>admit</i>: rate limited → queued, for the jobs of one limit, while slots are free.</summary>
internal static class Admit
{
    private const int StaleArgument = 5;
    private static readonly Script s_script = Script.Load("admit");

    /// <param name="rq">The connection.</param>
    /// <param name="limit">The limit's key.</param>
    /// <param name="dropStale">Whether to look first for slots of jobs that ended without telling.</param>
    public static async Task ExecuteAsync(RqConnection rq, string limit, bool dropStale)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.Add(rq.Keys.Releasing);
        call.Arguments.AddRange([
            rq.Keys.Prefix, limit, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), !rq.Capabilities.LocksDeclaredOnly, dropStale ? 0 : RedisValue.EmptyString]);
        while (true)
        {
            // Many stale slots, and many jobs that wait no longer, are passed over a bite at a time.
            RedisResult[] answer = await DeclaredKeys.ExecuteAsync(rq, call).ConfigureAwait(false);
            if ((string?)answer[0] == "done")
                return;
            call.Arguments[StaleArgument] = answer.Length > 1 ? (long)answer[1] : RedisValue.EmptyString;
        }
    }

    /// <summary>The keys of all limits that have jobs.</summary>
    public static async Task<string[]> LimitsAsync(RqConnection rq) =>
        [.. (await rq.Primary.SetMembersAsync(rq.Keys.RateLimits).ConfigureAwait(false)).Select(key => (string)key!)];
}
