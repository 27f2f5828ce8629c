using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Great numbers of dependents. What is timed runs alone: a server that waits for a processor looks slow.</summary>
[Collection(Alone.Name)]
public class WideDependencyTests
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task S089_twenty_thousand_children_are_released_without_holding_the_server()
    {
        // What is too slow is so each time; what the machine does meanwhile is not.
        string[] slow = [];
        for (int i = 0; i < 3 && (i == 0 || slow.Length > 0); i++)
            slow = await FanOutAsync(20_000);
        slow.ShouldBeEmpty();
    }

    /// <returns>The commands that held the server for too long.</returns>
    private static async Task<string[]> FanOutAsync(int children)
    {
        await using RedisServer server = await RedisServer.StartAsync("--slowlog-log-slower-than", "50000", "--slowlog-max-len", "1000");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        int runs = 0;
        var functions = new JobFunctions().Add("parent", () => { }).Add("counts", () => Interlocked.Increment(ref runs));
        var queue = new Queue("default", rq);
        Job parent = await queue.EnqueueAsync(JobCall.To("parent"));
        await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("counts"), children), new JobOptions { DependsOn = [parent] });

        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Concurrency = 20, Functions = functions }));
        await parent.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(
            async () => Volatile.Read(ref runs) >= children && await rq.Database.SortedSetLengthAsync(rq.Keys.Deferred("default")) == 0,
            "all children have run", TimeSpan.FromSeconds(120));
        await worker.StopAsync();

        runs.ShouldBe(children);
        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        CommandTrace[] slow = await admin.GetServers()[0].SlowlogGetAsync(1000);
        return [.. slow.Where(command => command.Duration > s_longest).Select(command => $"{command.Duration}: {string.Join(' ', command.Arguments.Take(3))}")];
    }
}
