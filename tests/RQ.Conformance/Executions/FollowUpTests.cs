using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Executions;

/// <summary>What the end of a job has left to do when the server has stored it.</summary>
public class FollowUpTests
{
    private const int Dependents = 20_000;

    [Fact]
    public async Task Jobs_start_while_very_many_dependents_of_another_one_are_released()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        var children = new Queue("children", rq);
        long deferred = -1;
        var functions = new JobFunctions().Add("nothing", () => { }).Add("looks", async () => { deferred = await children.Deferred.CountAsync(); });
        Job parent = await queue.EnqueueAsync(JobCall.To("nothing"));
        await children.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("nothing"), Dependents), new JobOptions { DependsOn = [parent] });
        // The first of them is taken in one step with the parent's end, the second one in a step of its own.
        await queue.EnqueueAsync(JobCall.To("nothing"));
        await queue.EnqueueAsync(JobCall.To("looks"));

        await new Worker(["default"], rq, new WorkerOptions { Burst = true, Concurrency = 1, Functions = functions }).RunAsync().WaitAsync(Eventually.Limit);

        deferred.ShouldBeGreaterThan(0, "a job that waits for nothing waited for the release of others");
        (await children.Deferred.CountAsync()).ShouldBe(0, "a worker that ends has released them all");
        (await children.CountAsync()).ShouldBe(Dependents);
    }

    [Theory, OnEachBackend]
    public async Task A_burst_worker_runs_what_its_jobs_release(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        Queue queue = world.Queue();
        world.Functions.Add("counts", (int n) => TestJobs.CountRun($"{world.Rq.KeyPrefix}{backend}-{world.Rq.Database.Database}"));
        Job parent = await queue.EnqueueAsync(JobCall.To("counts", -1));
        // More than one bite, so that part of the release follows the end.
        await queue.EnqueueManyAsync(Enumerable.Range(0, 1_200).Select(n => JobCall.To("counts", n)), new JobOptions { DependsOn = [parent] });

        (await world.RunBurstAsync()).ShouldBe(1_201);
    }
}
