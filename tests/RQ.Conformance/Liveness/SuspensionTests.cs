using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Suspending all workers.</summary>
public class SuspensionTests
{
    [Fact]
    public async Task S158_a_client_that_is_cut_off_while_it_suspends_leaves_no_suspension_without_its_end()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        RedisKey key = world.Rq.Keys.Suspended;
        int suspended = 0;
        for (int i = 0; i < 60; i++)
        {
            await using (RqConnection client = await RqConnection.ConnectAsync(world.Url))
            {
                _ = Worker.SuspendAllAsync(client, TimeSpan.FromSeconds(2)).ContinueWith(task => task.Exception, TaskScheduler.Default);
                // Each time a little later.
                Thread.SpinWait(i < 50 ? i * 200 : i * 5000);
                client.Multiplexer.Close(allowCommandsToComplete: false);
            }

            RedisValueWithExpiry found = await world.Rq.Database.StringGetWithExpiryAsync(key);
            if (found.Value.IsNull)
                continue;
            suspended++;
            found.Expiry.ShouldNotBeNull("all workers would stand still for ever").TotalSeconds.ShouldBeLessThanOrEqualTo(2);
        }

        suspended.ShouldBeGreaterThan(0);
        world.StartWorker();
        Job<int> job = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Fact]
    public async Task S158_SUS_2_two_clients_in_turns_leave_running_jobs_alone_and_workers_go_on_after_the_last_resume()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        await using RqConnection other = await RqConnection.ConnectAsync(world.Url);
        world.StartWorker();
        string gate = Guid.NewGuid().ToString();
        Job<string> running = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None));
        await TestJobs.Gate(gate).HasEnteredAsync();
        Job<int> waiting = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));

        for (int i = 0; i < 50; i++)
        {
            (RqConnection one, RqConnection two) = i % 2 == 0 ? (world.Rq, other) : (other, world.Rq);
            await Worker.SuspendAllAsync(one, i % 3 == 0 ? null : TimeSpan.FromSeconds(60));
            (await Worker.AreSuspendedAsync(two)).ShouldBeTrue();
            if (i == 25)
            {
                TestJobs.Gate(gate).Open();
                (await running.WaitForResultAsync(Eventually.Limit)).ShouldBe(gate);
                (await waiting.GetStatusAsync()).ShouldBe(JobStatus.Queued);
            }

            await Worker.ResumeAllAsync(two);
            (await Worker.AreSuspendedAsync(one)).ShouldBeFalse();
        }

        (await waiting.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Theory, OnEachBackend]
    public async Task SUS_4_a_burst_worker_does_not_wait_for_the_end_of_a_suspension(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        await world.Queue().EnqueueAsync(() => TestJobs.Nothing());
        await Worker.SuspendAllAsync(world.Rq);

        (await world.RunBurstAsync()).ShouldBe(0);
        (await world.Queue().CountAsync()).ShouldBe(1);
    }
}
