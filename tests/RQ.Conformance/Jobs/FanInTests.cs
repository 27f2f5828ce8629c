using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>A child of a great many parents.</summary>
[Collection(Alone.Name)]
public class FanInTests
{
    [Fact]
    public async Task S089_a_child_of_five_thousand_parents_is_released_without_holding_the_server()
    {
        const int parents = 5_000;
        await using RedisServer server = await SlowLoggingAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        int runs = 0;
        var functions = new JobFunctions().Add("parent", () => { }).Add("counts", () => Interlocked.Increment(ref runs));
        var queue = new Queue("default", rq);
        IReadOnlyList<Job> many = await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("parent"), parents));
        Job child = await queue.EnqueueAsync(JobCall.To("counts"), new JobOptions { DependsOn = [.. many.Select(job => (JobReference)job)] });
        child.Status.ShouldBe(JobStatus.Deferred);

        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Concurrency = 20, Functions = functions }));
        await child.WaitForResultAsync(TimeSpan.FromSeconds(120));
        await worker.StopAsync();

        runs.ShouldBe(1);
        (await SlowerAsync(server, TimeSpan.FromMilliseconds(100))).ShouldBeEmpty();
    }

    private static Task<RedisServer> SlowLoggingAsync() => RedisServer.StartAsync("--slowlog-log-slower-than", "50000", "--slowlog-max-len", "1000");

    private static async Task<string[]> SlowerAsync(RedisServer server, TimeSpan limit)
    {
        await using ConnectionMultiplexer admin = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        CommandTrace[] slow = await admin.GetServers()[0].SlowlogGetAsync(1000);
        return [.. slow.Where(command => command.Duration > limit).Select(command => $"{command.Duration}: {string.Join(' ', command.Arguments.Take(3))}")];
    }
}
