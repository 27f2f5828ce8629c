using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>Job code that blocks threads, in many slots of one process. Alone: the other tests of this process would starve too.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Busy")]
public class PoolStarvationTests
{
    private const int Slots = 64;

    [Theory, OnEachBackend]
    public async Task S163_jobs_that_block_threads_of_the_pool_cost_no_call_to_the_server(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        ThreadPool.GetMinThreads(out int workers, out int completion);
        MakePoolSmall();
        try
        {
            RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = Slots);
            IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(Enumerable.Repeat(
                JobCall.To("RQ.TestSupport.BlockingJobs.BlockPoolThreadsAsync", 2, 3000), 2 * Slots));

            await Eventually.BecomesAsync(async () => await world.Queue().Finished.CountAsync() == jobs.Count, "all jobs have finished");

            (await worker.StopAsync()).ShouldBe(jobs.Count);
            IReadOnlyList<FakeLogRecord> told = world.LogCollector.GetSnapshot();
            told.ShouldContain(record => record.Level == LogLevel.Warning && record.Message.Contains("the thread pool is starved"));
            told.ShouldNotContain(record => record.Level > LogLevel.Warning || record.Exception != null);
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, completion);
        }
    }

    [Theory, OnEachBackend]
    public async Task S163_jobs_that_block_their_own_threads_leave_the_pool_alone(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = Slots);
        string[] gates = [.. Enumerable.Range(0, Slots).Select(_ => Guid.NewGuid().ToString())];
        IReadOnlyList<Job> jobs = await world.Queue().EnqueueManyAsync(gates.Select(gate => JobCall.To("RQ.TestSupport.TestJobs.BlockAtGate", gate)));
        foreach (string gate in gates)
            await TestJobs.Gate(gate).HasEnteredAsync();

        // All of them wait, on threads that are not the pool's; one of them is let go, and that is stored while the others wait on.
        TestJobs.Gate(gates[0]).Open();
        await Eventually.BecomesAsync(async () => await jobs[0].GetStatusAsync() == JobStatus.Finished, "the first one is stored");
        Job<int> next = await world.Queue().EnqueueAsync(() => TestJobs.Add(1, 1));
        (await next.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        foreach (string gate in gates)
            TestJobs.Gate(gate).Open();

        await Eventually.BecomesAsync(async () => await world.Queue().Finished.CountAsync() == Slots + 1, "all are stored");
        (await worker.StopAsync()).ShouldBe(Slots + 1);
        world.LogCollector.GetSnapshot().ShouldNotContain(record => record.Exception != null);
    }

    /// <summary>Earlier tests have taught the pool to have many threads: a maximum makes it forget that.</summary>
    private static void MakePoolSmall()
    {
        ThreadPool.GetMaxThreads(out int most, out int mostCompletion);
        ThreadPool.GetMinThreads(out _, out int completion);
        ThreadPool.SetMinThreads(Environment.ProcessorCount, completion).ShouldBeTrue();
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, mostCompletion).ShouldBeTrue();
        ThreadPool.SetMaxThreads(most, mostCompletion).ShouldBeTrue();
    }
}
