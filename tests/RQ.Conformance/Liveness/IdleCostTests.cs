using System.Net.Sockets;
using System.Text;
using RQ.Conformance.Transitions;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>What a worker costs that has nothing to do.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Liveness")]
public class IdleCostTests
{
    [Fact]
    public async Task S166_a_worker_on_three_empty_queues_sends_few_commands()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        await using var worker = new RunningWorker(new Worker(["a", "b", "c"], rq));
        await Leases.IsRenewedAsync(rq, worker.Name, times: 2);

        string[] commands = await CommandsAsync(server, TimeSpan.FromSeconds(10));

        commands.Length.ShouldBeGreaterThan(2, "it renews its lease");
        (commands.Length / 10.0).ShouldBeLessThanOrEqualTo(5, string.Join('\n', commands));
    }

    /// <summary>What clients send in a while; what scripts do is not among it.</summary>
    private static async Task<string[]> CommandsAsync(RedisServer server, TimeSpan time)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("MONITOR\r\n"), TestContext.Current.CancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        over.CancelAfter(time);
        var lines = new List<string>();
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        try
        {
            while (await reader.ReadLineAsync(over.Token) is { } line)
            {
                if (line.StartsWith('+') && line != "+OK" && !line.Contains(" lua] "))
                    lines.Add(line);
            }
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        return [.. lines];
    }
}
