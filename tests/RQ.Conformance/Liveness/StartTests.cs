using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>A worker that cannot start says so and leaves nothing that looks like a worker.</summary>
public class StartTests
{
    [Theory]
    [InlineData("-subscribe")]
    [InlineData("-sadd")]
    [InlineData("-evalsha -eval")]
    [InlineData("-zadd")]
    public async Task S113_whatever_a_worker_may_not_do_ends_its_start_at_once(string forbidden)
    {
        string[] rules = ["--user", "worker", "on", ">secret", "~*", "&*", "+@all", .. forbidden.Split(' ')];
        await using RedisServer server = await RedisServer.StartAsync(rules);
        await using RqConnection all = await RqConnection.ConnectAsync(server.Url());

        // Some are found out when it connects, the others when it registers.
        Exception error = await Should.ThrowAsync<Exception>(async () =>
        {
            await using RqConnection rq = await RqConnection.ConnectAsync($"redis://worker:secret@127.0.0.1:{server.Port}/0");
            await new Worker(["default"], rq, new WorkerOptions { Name = "w" }).RunAsync().WaitAsync(Eventually.Limit);
        });

        error.ShouldNotBeOfType<TimeoutException>();
        await LeavesNothingAsync(all);
    }

    [Fact]
    public async Task S113_a_server_that_no_longer_answers_new_connections_ends_the_start()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(server.Port);
        await using RqConnection all = await RqConnection.ConnectAsync(server.Url());
        await using RqConnection rq = await RqConnection.ConnectAsync($"redis://127.0.0.1:{proxy.Port}/0");
        proxy.Stall();

        await Should.ThrowAsync<IOException>(() => new Worker(["default"], rq, new WorkerOptions { Name = "w" }).RunAsync().WaitAsync(Eventually.Limit));

        await LeavesNothingAsync(all);
    }

    private static async Task LeavesNothingAsync(RqConnection rq)
    {
        RedisKey record = rq.Keys.Worker("w");
        if (await rq.Database.KeyExistsAsync(record))
            (await rq.Database.KeyTimeToLiveAsync(record)).ShouldNotBeNull("a record without an end would look like a worker for ever");
        (await rq.Database.SortedSetLengthAsync(rq.Keys.Leases)).ShouldBe(0);
        // Whoever is allowed to starts under the same name.
        (await new Worker(["default"], rq, new WorkerOptions { Name = "w", Burst = true }).RunAsync().WaitAsync(Eventually.Limit)).ShouldBe(0);
    }
}
