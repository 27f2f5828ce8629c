using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.HighAvailability;

/// <summary>A server that was a replica for a moment, as behind one address whose server is changed or demoted and promoted again.</summary>
public sealed class DemotedServerTests
{
    [Fact]
    public async Task Who_has_seen_it_as_a_replica_goes_on_as_soon_as_it_is_the_primary_again()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        await queue.EnqueueAsync(() => TestJobs.Nothing());
        for (int i = 0; i < 2; i++)
        {
            RedisCluster.Ask(server, "REPLICAOF", "127.0.0.1", "1");
            await Should.ThrowAsync<RedisException>(() => queue.EnqueueAsync(() => TestJobs.Nothing()));
            await Eventually.BecomesAsync(async () => await rq.Multiplexer.ConfigureAsync() && rq.TakesAllForReplicas, "it is known as a replica");
            RedisCluster.Ask(server, "REPLICAOF", "NO", "ONE");

            // Left alone, the client library asks once a minute.
            rq.TakesAllForReplicas.ShouldBeTrue();
            if (i == 0)
                await queue.EnqueueAsync(() => TestJobs.Nothing());
            else
                (await queue.CountAsync()).ShouldBe(2);
            rq.TakesAllForReplicas.ShouldBeFalse();
        }
    }
}
