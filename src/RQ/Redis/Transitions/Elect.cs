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
        // A little less, so that the same worker finds it over when it asks again.
        long[] mine = await SendAsync(rq, pieces.Select(piece => (RedisKey)rq.Keys.Cleaning(piece)), every * 0.9).ConfigureAwait(false);
        return [.. mine.Select(number => pieces[(int)number - 1])];
    }

    /// <summary>Takes a lock that is a key. Whoever cannot hear the answer holds it until its time is over.</summary>
    /// <param name="rq">The connection.</param>
    /// <param name="key">The lock.</param>
    /// <param name="time">How long it is held, unless it is given back by removing the key.</param>
    /// <returns>Whether it was free.</returns>
    public static async Task<bool> LockAsync(RqConnection rq, RedisKey key, TimeSpan time) =>
        (await SendAsync(rq, [key], time).ConfigureAwait(false)).Length > 0;

    private static async Task<long[]> SendAsync(RqConnection rq, IEnumerable<RedisKey> keys, TimeSpan time)
    {
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange(keys);
        call.Arguments.AddRange([Tokens.New(), Math.Max((long)time.TotalMilliseconds, 1)]);
        return (long[])(await rq.SendAsync(call).ConfigureAwait(false))!;
    }
}
