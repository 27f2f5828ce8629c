using StackExchange.Redis;

namespace RQ.Redis;

/// <summary>
/// The plain commands that are used beside scripts. Always to the primary: left alone, StackExchange.Redis asks a replica while the primary is away, and that
/// may not have heard yet of what was just written. A key that holds something else than RQ keeps there is named, which the server's own error does not do.
/// </summary>
internal sealed class PrimaryDatabase(RqConnection rq, IDatabase database)
{
    private const CommandFlags Primary = CommandFlags.DemandMaster;

    public Task PingAsync() => Again(() => database.PingAsync(Primary));

    public Task<RedisResult> TimeAsync() => Again(() => database.ExecuteAsync("TIME", [], Primary));

    public Task<bool> KeyExistsAsync(RedisKey key) => Named(() => database.KeyExistsAsync(key, Primary), key);

    public Task<bool> KeyDeleteAsync(RedisKey key) => Named(() => database.KeyDeleteAsync(key, Primary), key);

    public Task<RedisValue> StringGetAsync(RedisKey key) => Named(() => database.StringGetAsync(key, Primary), key);

    public Task<bool> StringSetAsync(RedisKey key, RedisValue value, Expiration expiry) => Named(() => database.StringSetAsync(key, value, expiry, flags: Primary), key);

    public Task<long> ListLengthAsync(RedisKey key) => Named(() => database.ListLengthAsync(key, Primary), key);

    public Task<long> ListPositionAsync(RedisKey key, RedisValue element) => Named(() => database.ListPositionAsync(key, element, flags: Primary), key);

    public Task<RedisValue[]> ListRangeAsync(RedisKey key, long start, long stop) => Named(() => database.ListRangeAsync(key, start, stop, Primary), key);

    public Task<RedisValue> HashGetAsync(RedisKey key, RedisValue field) => Named(() => database.HashGetAsync(key, field, Primary), key);

    public Task<RedisValue[]> HashGetAsync(RedisKey key, RedisValue[] fields) => Named(() => database.HashGetAsync(key, fields, Primary), key);

    public Task<HashEntry[]> HashGetAllAsync(RedisKey key) => Named(() => database.HashGetAllAsync(key, Primary), key);

    public Task<RedisValue[]> HashKeysAsync(RedisKey key) => Named(() => database.HashKeysAsync(key, Primary), key);

    public Task<RedisValue[]> SetMembersAsync(RedisKey key) => Named(() => database.SetMembersAsync(key, Primary), key);

    public Task<bool> SetContainsAsync(RedisKey key, RedisValue value) => Named(() => database.SetContainsAsync(key, value, Primary), key);

    public Task<long> SetLengthAsync(RedisKey key) => Named(() => database.SetLengthAsync(key, Primary), key);

    public Task<bool> SetAddAsync(RedisKey key, RedisValue value) => Named(() => database.SetAddAsync(key, value, Primary), key);

    public Task<bool> SetRemoveAsync(RedisKey key, RedisValue value) => Named(() => database.SetRemoveAsync(key, value, Primary), key);

    public Task<double?> SortedSetScoreAsync(RedisKey key, RedisValue member) => Named(() => database.SortedSetScoreAsync(key, member, Primary), key);

    public Task<long> SortedSetLengthAsync(RedisKey key, double min = double.NegativeInfinity, double max = double.PositiveInfinity) =>
        Named(() => database.SortedSetLengthAsync(key, min, max, flags: Primary), key);

    public Task<RedisValue[]> SortedSetRangeByRankAsync(RedisKey key, long start = 0, long stop = -1, Order order = Order.Ascending) =>
        Named(() => database.SortedSetRangeByRankAsync(key, start, stop, order, Primary), key);

    public Task<SortedSetEntry[]> SortedSetRangeByRankWithScoresAsync(RedisKey key, Order order) => Named(() => database.SortedSetRangeByRankWithScoresAsync(key, order: order, flags: Primary), key);

    public Task<RedisValue[]> SortedSetRangeByScoreAsync(RedisKey key, double start, double stop, long take) =>
        Named(() => database.SortedSetRangeByScoreAsync(key, start, stop, take: take, flags: Primary), key);

    public Task<bool> SortedSetRemoveAsync(RedisKey key, RedisValue member) => Named(() => database.SortedSetRemoveAsync(key, member, Primary), key);

    public Task<StreamEntry[]> StreamRangeAsync(RedisKey key, int? count = null, Order messageOrder = Order.Ascending) =>
        Named(() => database.StreamRangeAsync(key, count: count, messageOrder: messageOrder, flags: Primary), key);

    public Task<long> StreamLengthAsync(RedisKey key) => Named(() => database.StreamLengthAsync(key, Primary), key);

    private Task<T> Named<T>(Func<Task<T>> command, RedisKey key) => Again(command).NamedAsync(rq, key!);

    private async Task<T> Again<T>(Func<Task<T>> command)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (RedisConnectionException) when (rq.TakesAllForReplicas)
        {
            // Nothing was sent.
            await rq.LookForPrimaryAsync().ConfigureAwait(false);
            return await command().ConfigureAwait(false);
        }
    }
}
