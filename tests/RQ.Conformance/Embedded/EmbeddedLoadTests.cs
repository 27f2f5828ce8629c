using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Embedded;

/// <summary>The embedded server under what is hardest for it: blocking pops, scripts and dependents across queues, all at once.</summary>
public class EmbeddedLoadTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(15);
    private static readonly string[] s_queues = ["a", "b", "c"];

    [Fact]
    public async Task Eight_producers_and_eight_idle_workers_lose_nothing()
    {
        await using RqConnection rq = await RqConnection.ConnectAsync("embedded:");
        var functions = new JobFunctions().AddAssemblyOf<Backend>();
        var workers = new List<RunningWorker>();
        for (int i = 0; i < 8; i++)
        {
            // Each worker prefers another queue, so that they compete and wait on different ones.
            string[] queues = [.. s_queues.Skip(i % 3), .. s_queues.Take(i % 3)];
            workers.Add(new RunningWorker(new Worker(queues, rq, new WorkerOptions { Functions = functions, Concurrency = 1 + i % 2 })));
        }

        string run = Guid.NewGuid().ToString("N");
        List<string>[] produced = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => ProduceAsync(rq, $"{run}-{number}"))));

        string[] keys = [.. produced.SelectMany(each => each)];
        keys.Length.ShouldBeGreaterThan(8);
        await Eventually.BecomesAsync(() => keys.All(key => TestJobs.Runs(key) > 0), "every job has run", TimeSpan.FromMinutes(2));
        keys.Count(key => TestJobs.Runs(key) != 1).ShouldBe(0);
        foreach (RunningWorker worker in workers)
            await worker.StopAsync();
        foreach (string queue in s_queues)
        {
            (await new Queue(queue, rq).CountAsync()).ShouldBe(0);
            (await rq.Database.SortedSetLengthAsync(rq.Keys.Deferred(queue))).ShouldBe(0);
            (await rq.Database.SortedSetLengthAsync(rq.Keys.Failed(queue))).ShouldBe(0);
        }
    }

    /// <summary>Bursts with pauses, so that the workers fall idle in between: each a parent and two dependents on other queues.</summary>
    private static async Task<List<string>> ProduceAsync(RqConnection rq, string name)
    {
        var random = new Random(name.GetHashCode(StringComparison.Ordinal));
        var keys = new List<string>();
        using var over = new CancellationTokenSource(s_duration);
        while (!over.IsCancellationRequested)
        {
            int first = random.Next(3);
            var parent = await new Queue(s_queues[first], rq).EnqueueAsync(Count($"{name}-{keys.Count}"));
            keys.Add($"{name}-{keys.Count}");
            for (int child = 1; child <= 2; child++)
            {
                await new Queue(s_queues[(first + child) % 3], rq).EnqueueAsync(Count($"{name}-{keys.Count}"), new JobOptions { DependsOn = [parent] });
                keys.Add($"{name}-{keys.Count}");
            }

            if (random.Next(3) == 0)
                await Task.Delay(random.Next(30), CancellationToken.None);
        }

        return keys;
    }

    private static JobCall Count(string key) => JobCall.To("RQ.TestSupport.TestJobs.CountRun", key);
}
