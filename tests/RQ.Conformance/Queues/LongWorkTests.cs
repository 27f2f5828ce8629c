using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>Work on many jobs is done in bites, so that the server is never held up for long, and nothing is lost on the way.</summary>
public class LongWorkTests
{
    private const int Many = 100_000;
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    [Fact]
    public async Task A_hundred_thousand_jobs_and_dependents_go_through_in_bites()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        Job parent = await new Queue("parents", rq).EnqueueAsync(s_nothing, new JobOptions { Id = "parent" });

        await InBitesAsync(async () =>
        {
            (await queue.EnqueueManyAsync(Enumerable.Repeat(s_nothing, Many), new JobOptions { DependsOn = [parent] })).Count.ShouldBe(Many);
            (await parent.GetDependentIdsAsync()).Count.ShouldBe(Many);
        });
        await InBitesAsync(async () => (await queue.EnqueueManyAsync(Enumerable.Repeat(s_nothing, Many))).Count.ShouldBe(Many));
        await InBitesAsync(async () => (await queue.EmptyAsync()).ShouldBe(Many));
        await InBitesAsync(async () =>
        {
            await using var worker = new RunningWorker(new Worker(["parents", "default"], rq, new WorkerOptions
            {
                Functions = new JobFunctions().AddAssemblyOf<Backend>(),
                Concurrency = 100,
                ResultTtl = TimeSpan.Zero,
                LogJobDescription = false,
            }));
            await Eventually.BecomesAsync(
                async () => await queue.Deferred.CountAsync() == 0 && await queue.IsEmptyAsync() && await queue.Started.CountAsync() == 0,
                "all dependents are released and have run", TimeSpan.FromMinutes(10));
            (await worker.StopAsync()).ShouldBe(Many + 1);
        });

        async Task InBitesAsync(Func<Task> action)
        {
            ServerWork before = await ServerWork.OfAsync(server);
            await action();
            ServerWork work = await ServerWork.OfAsync(server) - before;
            // About 2 µs each: far below 50 ms.
            work.CommandsPerScript.ShouldBeLessThan(6_000);
            work.Commands.ShouldBeLessThan(Many * 80);
        }
    }
}
