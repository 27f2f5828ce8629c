using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Connections;

/// <summary>The connections on which an idle worker waits for jobs.</summary>
public class BlockingPopTests
{
    [Theory]
    [InlineData(3, 6)]
    [InlineData(5, 8)]
    [InlineData(30, 2)]
    public async Task S121_the_clients_time_limit_does_not_end_a_wait(int limit, int idle)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions
        {
            Configure = redis => (redis.AsyncTimeout, redis.SyncTimeout) = (limit * 1000, limit * 1000),
        });
        await using ClientList clients = await ClientList.ConnectAsync(server);
        var log = new FakeLogCollector();
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["default"], options =>
            options.LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log))));
        string wait = (await clients.IdleAsync(1)).Single().Id;

        (await clients.IdleAsync(1, client => client.Idle >= idle)).Single().Id.ShouldBe(wait, "it waits on the same connection, in the same pop");
        Job<int> job = await new Queue("default", rq).EnqueueAsync(() => TestJobs.Add(1, 1));

        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await clients.IdleAsync(1)).Single().Id.ShouldBe(wait, "and goes on waiting there");
        log.GetSnapshot().ShouldNotContain(record => record.IsWarning());
    }

    [Fact]
    public async Task S122_every_wait_has_a_connection_of_its_own_and_nothing_queues_behind_it()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using ClientList clients = await ClientList.ConnectAsync(server);
        await using RunningWorker worker = OutageTests.StartWorker(rq, ["high", "default", "low"], options => options.Concurrency = 8);
        ClientList.Client[] waits = await clients.IdleAsync(3);
        waits.Select(client => client.Name).ShouldAllBe(name => name == $"{worker.Name}-wait");
        ClientList.Client[] others = [.. (await clients.ReadAsync()).Except(waits)];
        others.ShouldContain(client => client.Name == "RQ.NET", "the shared connection");
        others.ShouldContain(client => client.Name == worker.Name, "the heartbeat");

        // All of this goes through the connection of the worker whose pops block, and none of it lets one of them go.
        var elsewhere = new Queue("elsewhere", rq);
        for (int i = 0; i < 200; i++)
            await elsewhere.EnqueueAsync(() => TestJobs.Nothing());
        (await elsewhere.CountAsync()).ShouldBe(200);
        await Transitions.Leases.IsRenewedAsync(rq, worker.Name, times: 2);

        ClientList.Client[] after = await clients.WaitsAsync();
        after.Select(client => client.Id).ShouldBe(waits.Select(client => client.Id), ignoreOrder: true);
        after.ShouldAllBe(client => client.Idle > 0, "each is still in the pop that it was in");
    }
}
