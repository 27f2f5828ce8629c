using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.HighAvailability;

/// <summary>A primary, its replica, and three sentinels of which two must agree.</summary>
internal sealed class SentinelSite : IAsyncDisposable
{
    private readonly RedisSentinel[] _sentinels;

    private SentinelSite(RedisServer primary, RedisServer replica, RedisSentinel[] sentinels)
    {
        Primary = primary;
        Replica = replica;
        _sentinels = sentinels;
    }

    /// <summary>The primary of the beginning.</summary>
    public RedisServer Primary { get; }

    /// <summary>Its replica.</summary>
    public RedisServer Replica { get; }

    /// <summary>The address, which names all sentinels.</summary>
    public string Url => string.Join(',', _sentinels.Select(sentinel => $"127.0.0.1:{sentinel.Port}")) + ",serviceName=mymaster";

    public static async Task<SentinelSite> StartAsync(params string[] options)
    {
        RedisServer primary = await RedisServer.StartAsync(options);
        RedisServer replica = await RedisServer.StartAsync(["--replicaof", $"127.0.0.1 {primary.Port}", .. options]);
        RedisSentinel[] sentinels = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RedisSentinel.StartAsync(primary, quorum: 2)));
        var site = new SentinelSite(primary, replica, sentinels);
        foreach (RedisSentinel sentinel in sentinels)
        {
            await Eventually.BecomesAsync(
                () => Ask(sentinel, "SENTINEL", "SENTINELS", "mymaster").Length == 2 && Ask(sentinel, "SENTINEL", "REPLICAS", "mymaster").Length == 1, "the sentinels know each other and the replica");
        }

        await Eventually.BecomesAsync(() => RedisCluster.Ask(replica, "INFO", "replication").ToString()!.Contains("master_link_status:up", StringComparison.Ordinal), "the replica follows");
        return site;
    }

    public void StopASentinel() => _sentinels[0].Kill();

    /// <summary>As <see cref="StopASentinel"/>, but who asks it is not told that it is gone.</summary>
    public void FreezeASentinel() => _sentinels[0].Freeze();

    /// <summary>Has a sentinel promote the replica, while the primary is up.</summary>
    public Task FailOverAsync() => Eventually.BecomesAsync(
        () =>
        {
            try
            {
                return Ask(_sentinels[^1], "SENTINEL", "FAILOVER", "mymaster").ToString() == "OK";
            }
            catch (RedisServerException)
            {
                // Not yet: no good replica, or one is under way.
                return false;
            }
        },
        "the sentinel begins a fail-over");

    public Task IsPromotedAsync() => Eventually.BecomesAsync(() => RedisCluster.Ask(Replica, "ROLE")[0].ToString() == "master", "the replica has become the primary");

    /// <summary>Waits until the replica has all that was written so far.</summary>
    public Task IsCopiedAsync() => Eventually.BecomesAsync(() => (long)RedisCluster.Ask(Primary, "WAIT", 1, 1000) == 1, "the replica has everything");

    public async ValueTask DisposeAsync()
    {
        foreach (RedisSentinel sentinel in _sentinels)
            await sentinel.DisposeAsync();
        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
    }

    private static RedisResult Ask(RedisSentinel sentinel, params RedisValue[] command) => RedisCluster.Ask(sentinel.Port, command);
}
