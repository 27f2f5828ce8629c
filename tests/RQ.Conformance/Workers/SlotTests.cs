using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Workers;

/// <summary>How many jobs a worker takes while two of its steps are on their way to the server at once.</summary>
public class SlotTests
{
    private const string Function = "slots.count";

    [Theory]
    [InlineData(Backend.Redis, 3)]
    [InlineData(Backend.Redis, 10)]
    [InlineData(Backend.Redis, 100)]
    [InlineData(Backend.Embedded, 10)]
    [InlineData(Backend.Embedded, 100)]
    public async Task At_no_moment_more_jobs_are_started_than_there_are_slots(Backend backend, int slots)
    {
        const int jobs = 4000;
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int running = 0, most = 0;
        var watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Functions.Add(Function, async () =>
        {
            int now = Interlocked.Increment(ref running);
            int before;
            while ((before = Volatile.Read(ref most)) < now)
                Interlocked.CompareExchange(ref most, now, before);
            // Until somebody has looked.
            await watched.Task;
            await Task.Yield();
            Interlocked.Decrement(ref running);
        });
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To(Function), jobs));

        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.Concurrency = slots;
            options.Burst = true;
        });
        long[] seen = await WatchAsync(world.Rq, worker, watched);

        (await worker.Completion).ShouldBe(jobs);
        (await world.Queue().Finished.CountAsync()).ShouldBe(jobs);
        most.ShouldBeInRange(1, slots);
        seen.Length.ShouldBeGreaterThan(10);
        seen.Max().ShouldBeInRange(1, slots);
    }

    [Theory]
    [InlineData(Backend.Redis, 1)]
    [InlineData(Backend.Redis, 37)]
    [InlineData(Backend.Redis, 250)]
    [InlineData(Backend.Embedded, 37)]
    [InlineData(Backend.Embedded, 250)]
    public async Task A_number_of_jobs_is_kept_exactly_and_none_is_taken_only_to_be_given_back(Backend backend, int most)
    {
        const int jobs = 600;
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        int runs = 0;
        world.Functions.Add(Function, async () =>
        {
            Interlocked.Increment(ref runs);
            await Task.Yield();
        });
        await world.Queue().EnqueueManyAsync(Enumerable.Repeat(JobCall.To(Function), jobs));

        RunningWorker worker = world.StartWorker(configure: options =>
        {
            options.Concurrency = 64;
            options.MaxJobs = most;
        });

        (await worker.Completion.WaitAsync(Eventually.Limit)).ShouldBe(most);
        runs.ShouldBe(most);
        (await world.Queue().Finished.CountAsync()).ShouldBe(most);
        (await world.Queue().Started.CountAsync()).ShouldBe(0);
        IReadOnlyList<string> left = await world.Queue().GetJobIdsAsync();
        left.Count.ShouldBe(jobs - most);
        RedisValue[] taken = await Task.WhenAll(left.Select(id => world.Rq.Database.HashGetAsync(world.Rq.Keys.Job(id), "last_execution")));
        taken.ShouldAllBe(execution => execution.IsNull);
    }

    /// <summary>Asks as fast as the server answers, until the worker has ended.</summary>
    /// <param name="rq">Where it works.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="watched">Told when it was seen at work for some time.</param>
    private static async Task<long[]> WatchAsync(RqConnection rq, RunningWorker worker, TaskCompletionSource watched)
    {
        var seen = new List<long>();
        while (!worker.Completion.IsCompleted)
        {
            seen.Add(await rq.Database.SetLengthAsync(rq.Keys.WorkerExecutions(worker.Name)));
            seen.Add(await rq.Database.SortedSetLengthAsync(rq.Keys.Started("default")));
            if (seen.Count > 10 && seen[^1] > 0)
                watched.TrySetResult();
        }

        return [.. seen];
    }
}
