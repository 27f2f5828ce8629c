using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Great numbers of dependents.</summary>
public class WideDependencyTests
{
    [Fact]
    public async Task S089_twenty_thousand_children_are_released_in_bites_and_run_once()
    {
        const int children = 20_000;
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        int runs = 0;
        var functions = new JobFunctions().Add("parent", () => { }).Add("counts", () => Interlocked.Increment(ref runs));
        var queue = new Queue("default", rq);
        Job parent = await queue.EnqueueAsync(JobCall.To("parent"));
        await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("counts"), children), new JobOptions { DependsOn = [parent] });
        ServerWork before = await ServerWork.OfAsync(server);

        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Concurrency = 20, Functions = functions }));
        await parent.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(
            async () => Volatile.Read(ref runs) >= children && await queue.Deferred.CountAsync() == 0, "all children have run", TimeSpan.FromMinutes(5));
        await worker.StopAsync();

        runs.ShouldBe(children);
        ServerWork work = await ServerWork.OfAsync(server) - before;
        work.Commands.ShouldBeLessThan(children * 60, "each child costs the same, however many there are");
        work.CommandsPerScript.ShouldBeLessThan(5_000, "no script does more than a bite");
    }
}
