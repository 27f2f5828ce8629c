using System.Diagnostics;
using RQ.TestSupport;
using Shouldly;
using Xunit;

namespace RQ.Conformance.Serialization;

/// <summary>S139: large arguments run while the worker shows its signs of life; too large ones are refused before anything is written.</summary>
[Collection(Alone.Name)]
[Trait(Alone.Part, "Busy")]
public class LargeJobTests
{
    private const int Mebi = 1024 * 1024;

    [Theory, OnEachBackend]
    public async Task S139_arguments_of_1_16_and_64_MiB_run_while_the_lease_is_renewed(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        world.Functions.AddAssemblyOf<LargeJobTests>();
        RunningWorker worker = world.StartWorker(configure: options => options.Concurrency = 8);
        await Eventually.BecomesAsync(() => LeaseAsync(world, worker).ContinueWith(lease => lease.Result is not null), "the worker is registered");
        using var stop = new CancellationTokenSource();
        Task<TimeSpan> gap = Task.Factory.StartNew(() => LongestGap(world, worker, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        foreach (int size in new[] { 1 * Mebi, 16 * Mebi, 64 * Mebi })
        {
            byte[] bytes = new byte[size];
            new Random(size).NextBytes(bytes);
            Job<int> job = await world.Queue().EnqueueAsync(JobOf(bytes));
            (await job.WaitForResultAsync(TimeSpan.FromMinutes(3))).ShouldBe(size);
        }

        await stop.CancelAsync();
        // What counts is that the lease never ran out.
        (await gap).ShouldBeLessThan(Redis.Transitions.WorkerRecord.LeaseTime);
    }

    [Theory, OnEachBackend]
    public async Task S139_what_is_larger_than_the_limit_is_refused_before_anything_is_written(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.MaxJobSize = 10_000);
        var queue = world.Queue();
        byte[] noise = new byte[20_000];
        new Random(1).NextBytes(noise);

        JobTooLargeException refused = await Should.ThrowAsync<JobTooLargeException>(() => queue.EnqueueAsync(JobCall.To("f", noise)));
        refused.ShouldBeAssignableTo<ArgumentException>();
        refused.Size.ShouldBe(20_000);
        refused.Limit.ShouldBe(10_000);
        refused.Message.ShouldContain("20,000 bytes");
        refused.Message.ShouldContain("10,000 bytes");
        await Should.ThrowAsync<JobTooLargeException>(() => queue.EnqueueAsync(JobCall.To("f", new string('x', 10_000))));
        await Should.ThrowAsync<JobTooLargeException>(() => queue.EnqueueAsync(JobCall.To("f", Enumerable.Repeat("some text", 2000).ToList())));
        await Should.ThrowAsync<JobTooLargeException>(() => queue.EnqueueAsync(JobCall.To("f"), new JobOptions { Meta = new Dictionary<string, object?> { ["k"] = noise } }));
        await Should.ThrowAsync<JobTooLargeException>(() => queue.EnqueueManyAsync([JobCall.To("f"), JobCall.To("f", noise)]));
        (await queue.CountAsync()).ShouldBe(0);
        (await Queue.AllAsync(world.Rq)).ShouldBeEmpty();

        await queue.EnqueueAsync(JobCall.To("f", noise[..9000]));
        (await queue.CountAsync()).ShouldBe(1);
    }

    [Theory, OnEachBackend]
    public async Task S139_more_than_512_MiB_is_refused_whatever_the_limit(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend, options => options.MaxJobSize = 512L * Mebi);
        // Never touched, so it takes no memory: the size alone is looked at.
        byte[] bytes = GC.AllocateUninitializedArray<byte>(520 * Mebi);

        JobTooLargeException refused = await Should.ThrowAsync<JobTooLargeException>(() => world.Queue().EnqueueAsync(JobCall.To("f", bytes)));

        refused.Message.ShouldContain("520 MiB");
        refused.Message.ShouldContain("512 MiB");
        (await Queue.AllAsync(world.Rq)).ShouldBeEmpty();
        await Should.ThrowAsync<ArgumentException>(() => RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions { MaxJobSize = (512L * Mebi) + 1 }));
        await Should.ThrowAsync<ArgumentException>(() => RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions { MaxJobSize = 0 }));
    }

    private static System.Linq.Expressions.Expression<Func<int>> JobOf(byte[] bytes) => () => LargeJobs.Length(bytes);

    private static async Task<double?> LeaseAsync(TestWorld world, RunningWorker worker) =>
        await world.Rq.Database.SortedSetScoreAsync(world.Rq.Keys.Leases, worker.Name);

    /// <summary>Looks at the lease over a connection of its own, on a thread of its own, so that nothing large stands before it.</summary>
    private static TimeSpan LongestGap(TestWorld world, RunningWorker worker, CancellationToken stop)
    {
        using var connection = Redis.RespConnection.Connect(world.Rq.PrimaryEndpoint(), null, TimeSpan.FromSeconds(30));
        string last = "";
        long since = Stopwatch.GetTimestamp();
        TimeSpan longest = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            connection.Write("ZSCORE", world.Rq.Keys.Leases, worker.Name);
            connection.Flush();
            string score = connection.Receive().ToString()!;
            if (score != last)
            {
                (last, since) = (score, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > longest)
            {
                longest = Stopwatch.GetElapsedTime(since);
            }

            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50));
        }

        return longest;
    }
}

/// <summary>Jobs that take much.</summary>
public static class LargeJobs
{
    public static int Length(byte[] bytes) => bytes.Length;
}
