using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>S145: what is asked about thousands of workers, in commands by the server's own count.</summary>
public class ManyWorkersTests
{
    [Fact]
    public async Task S145_the_number_of_workers_is_one_command_and_all_of_them_a_few_calls()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await ManyWorkers.WriteAsync(rq, workers: 2000, queues: 50);
        (await Worker.CountAsync(rq)).ShouldBe(2000);
        (await Worker.AllAsync(rq)).Count.ShouldBe(2000);

        ServerWork before = await ServerWork.OfAsync(server);
        ServerWork alone = await ServerWork.OfAsync(server) - before;
        for (int i = 0; i < 100; i++)
            (await Worker.CountAsync(rq)).ShouldBe(2000);
        ServerWork counted = await ServerWork.OfAsync(server) - before - alone - alone;
        // Connections have some of their own.
        counted.Commands.ShouldBeInRange(80, 130);
        counted.Scripts.ShouldBe(0);

        before = await ServerWork.OfAsync(server);
        (await Worker.AllAsync(rq)).Count.ShouldBe(2000);
        (await ServerWork.OfAsync(server) - before).Scripts.ShouldBeLessThan(6);
    }
}
