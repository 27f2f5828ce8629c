using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// Shares out pieces of maintenance among all workers: each is done by one of them in each period. One that dies meanwhile leaves it
/// to whoever asks first in the next.
/// </summary>
internal static class Elect
{
    private static readonly Script s_script = Script.Load("elect");

    /// <param name="rq">The connection.</param>
    /// <param name="pieces">What there is to do, by names that are the same for all workers.</param>
    /// <param name="every">How often the caller asks.</param>
    /// <returns>The pieces that fall to the caller.</returns>
    public static async Task<IReadOnlyList<string>> ExecuteAsync(RqConnection rq, IReadOnlyList<string> pieces, TimeSpan every)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange(pieces.Select(piece => (RedisKey)rq.Keys.Cleaning(piece)));
        // A little less, so that the same worker finds it over when it asks again.
        call.Arguments.AddRange([Tokens.New(), Math.Max((long)(every.TotalMilliseconds * 0.9), 1)]);
        long[] mine = (long[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        return [.. mine.Select(number => pieces[(int)number - 1])];
    }
}
