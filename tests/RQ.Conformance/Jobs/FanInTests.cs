using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>A child of a great many parents.</summary>
public class FanInTests
{
    [Fact]
    public async Task S089_the_work_for_a_child_of_five_thousand_parents_grows_with_their_number_not_with_its_square()
    {
        const int parents = 5_000;
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        int runs = 0;
        var functions = new JobFunctions().Add("parent", () => { }).Add("counts", () => Interlocked.Increment(ref runs));
        var queue = new Queue("default", rq);
        IReadOnlyList<Job> many = await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("parent"), parents));
        Job child = await queue.EnqueueAsync(JobCall.To("counts"), new JobOptions { DependsOn = [.. many.Select(job => (JobReference)job)] });
        child.Status.ShouldBe(JobStatus.Deferred);
        ServerWork before = await ServerWork.OfAsync(server);

        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions { Concurrency = 20, Functions = functions }));
        await child.WaitForResultAsync(TimeSpan.FromMinutes(5));
        await worker.StopAsync();

        runs.ShouldBe(1);
        // About 25 for a job, and a look at all parents each time that the one which is waited for has ended: seldom.
        ServerWork work = await ServerWork.OfAsync(server) - before;
        work.Commands.ShouldBeLessThan(parents * 100);
    }
}
