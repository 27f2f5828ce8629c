using RQ.Conformance.Connections;
using RQ.Conformance.Queues;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>When a burst worker may end: not while anything of its own may still put jobs on its queues.</summary>
public class BurstEndTests
{
    /// <summary>One more than the end of a job releases by itself: the rest comes in calls of their own, behind whatever was sent meanwhile.</summary>
    private const int Dependents = 501;

    [Theory, OnEachBackend]
    public async Task It_runs_what_a_job_enqueues_that_runs_alone_for_long_and_what_those_enqueue(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string gate = Guid.NewGuid().ToString(), key = Guid.NewGuid().ToString();
        world.Functions.Add("branches", async (int depth) =>
        {
            TestJobs.CountRun(key);
            for (int i = 0; i < 2 && depth > 0; i++)
                await world.Queue(i == 0 ? "low" : "high").EnqueueAsync(JobCall.To("branches", depth - 1));
        });
        world.Functions.Add("root", async () =>
        {
            await TestJobs.WaitAtGateAsync(gate, CancellationToken.None);
            await world.Queue("low").EnqueueAsync(JobCall.To("branches", 4));
        });
        await world.Queue("high").EnqueueAsync(JobCall.To("root"));
        Task<long> burst = world.RunBurstAsync(["high", "low"], options => options.Concurrency = 8);
        await TestJobs.Gate(gate).HasEnteredAsync();
        // Its other slots find nothing, nor what another job has brought that has ended meanwhile.
        await world.Queue("high").EnqueueAsync(() => TestJobs.Nothing());
        burst.IsCompleted.ShouldBeFalse();

        TestJobs.Gate(gate).Open();

        (await burst).ShouldBe(1 + 1 + 31);
        TestJobs.Runs(key).ShouldBe(31);
        (await world.Queue("low").CountAsync()).ShouldBe(0);
        (await world.Queue("high").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task It_runs_what_one_step_puts_on_its_queues_after_the_next_step_has_found_them_empty()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var queue = new Queue("default", rq);
        string[] gates = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];
        Job parent = await queue.EnqueueAsync(() => TestJobs.BlockAtGate(gates[0]));
        await queue.EnqueueAsync(() => TestJobs.BlockAtGate(gates[1]));
        await queue.EnqueueManyAsync(Enumerable.Repeat(JobCall.To("RQ.TestSupport.TestJobs.Nothing"), Dependents), new JobOptions { DependsOn = [parent] });
        await using ClientList clients = await ClientList.ConnectAsync(server);
        var worker = new Worker(["default"], rq, new WorkerOptions
        {
            Burst = true,
            Concurrency = 16,
            Functions = new JobFunctions().AddAssemblyOf<Backend>(),
        });
        Task<long> burst = worker.RunAsync(CancellationToken.None);
        foreach (string gate in gates)
            await TestJobs.Gate(gate).HasEnteredAsync();
        (await UnreadAsync(clients, worker)).ShouldBe(0);

        await using (await PausedServer.PauseAsync(server))
        {
            TestJobs.Gate(gates[0]).Open();
            int first = await SendsAsync(clients, worker, behind: 0);
            TestJobs.Gate(gates[1]).Open();
            await SendsAsync(clients, worker, behind: first);
        }

        (await burst.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken)).ShouldBe(2 + Dependents);
        (await queue.CountAsync()).ShouldBe(0);
        (await queue.Deferred.CountAsync()).ShouldBe(0);
    }

    /// <summary>Waits until the worker has sent another step, which is more than one call: the first is read, and the rest stays unread behind it.</summary>
    private static async Task<int> SendsAsync(ClientList clients, Worker worker, int behind)
    {
        int unread = 0;
        await Eventually.BecomesAsync(async () => (unread = await UnreadAsync(clients, worker)) > behind, "a step is on its way");
        return unread;
    }

    private static async Task<int> UnreadAsync(ClientList clients, Worker worker) =>
        (await clients.ReadAsync()).Single(client => client.Name == $"{worker.Name}-calls").Unread;
}
