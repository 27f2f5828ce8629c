using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// Some scripts learn only while they look which queue lists they must touch. They then change nothing and answer
/// <c>{"declare", key, …}</c>: see <c>declared.lua</c>.
/// </summary>
internal static class DeclaredKeys
{
    /// <summary>
    /// Sends a script until it has all the keys that it needs. The connection may drop after the server has done the work; every
    /// script is safe to be sent again, so then it is sent once more.
    /// </summary>
    public static async Task<RedisResult[]> ExecuteAsync(RqConnection rq, ScriptCall call)
    {
        while (true)
        {
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
            if (HasAll(call, answer))
                return answer;
        }
    }

    /// <summary>The same for what enqueues, confirmed as the connection's options say.</summary>
    /// <returns>The answer, and what is missing to its confirmation.</returns>
    public static async Task<(RedisResult[] Answer, string? Missing)> StoreAsync(RqConnection rq, ScriptCall call)
    {
        while (true)
        {
            ConfirmedCalls.Stored stored = await rq.StoreAsync(call).ConfigureAwait(false);
            RedisResult[] answer = (RedisResult[])stored.Result!;
            if (HasAll(call, answer))
                return (answer, stored.Missing);
        }
    }

    /// <summary>Whether it had all the keys that it needs. If not, it has them now.</summary>
    private static bool HasAll(ScriptCall call, RedisResult[] answer)
    {
        if (answer.Length < 2 || answer[0].Resp2Type == ResultType.Array || (string?)answer[0] != "declare")
            return true;
        foreach (RedisResult key in answer.Skip(1))
            call.Keys.Add((string)key!);
        return false;
    }
}
