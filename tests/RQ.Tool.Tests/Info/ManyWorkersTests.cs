namespace RQ.Tool.Tests.Info;

/// <summary>S145: <c>rq info</c> of a large site over a slow network.</summary>
public class ManyWorkersTests
{
    [Fact]
    public async Task Two_thousand_workers_and_fifty_queues_take_twenty_round_trips_at_most_S145()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await ManyWorkers.WriteAsync(rq, workers: 2000, queues: 50);
        await using var proxy = new RoundTripProxy(server.Port);

        RqExit exit = await RqProcess.RunAsync("info", "-u", $"redis://127.0.0.1:{proxy.Port}/0", "--raw");

        exit.Code.ShouldBe(0, exit.Errors);
        exit.OutputLines.Count(line => line.StartsWith("queue ", StringComparison.Ordinal)).ShouldBe(50);
        exit.OutputLines.Count(line => line.StartsWith("worker ", StringComparison.Ordinal)).ShouldBe(2000);
        // Those that greet the server are among them.
        proxy.RoundTrips.ShouldBeInRange(5, 20);
    }
}
