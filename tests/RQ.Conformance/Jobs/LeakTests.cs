using RQ.Redis.Transitions;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Jobs;

/// <summary>Nothing outlives its time: jobs of all kinds go through all ends, time passes, and the server is as empty as before.</summary>
public class LeakTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(1);
    private static readonly JobOptions s_options = new() { ResultTtl = s_short, FailureTtl = s_short };

    private static JobCall Call(string method, params object?[] arguments) => JobCall.To("RQ.TestSupport." + method, arguments);

    [Theory, OnEachBackend]
    public async Task S037_ten_thousand_jobs_of_all_kinds_leave_nothing_behind(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        // 10,000 in all; the embedded server is asked for fewer, since it has one of everything too.
        int rounds = backend == Backend.Redis ? 500 : 60;
        RunningWorker worker = world.StartWorker(["default", "scheduled"], options =>
        {
            options.Concurrency = 20;
            options.MaintenanceInterval = TimeSpan.FromSeconds(1);
        });
        for (int i = 0; i < rounds; i++)
            await EnqueueOneOfEachAsync(world, i);
        await StopSomeAsync(world);
        await PromoteAsync(world);
        await Eventually.BecomesAsync(
            async () => await world.Queue().IsEmptyAsync() && await world.Queue("scheduled").IsEmptyAsync()
                && await world.Rq.Database.SortedSetLengthAsync(world.Rq.Keys.Started("default")) == 0, "all have run", TimeSpan.FromMinutes(3));

        await UntilNothingIsLeftAsync(world);
        await worker.StopAsync();
        (await LeftAsync(world)).ShouldBeEmpty();
    }

    private static async Task UntilNothingIsLeftAsync(TestWorld world)
    {
        string[] left = [];
        try
        {
            await Eventually.BecomesAsync(async () =>
            {
                await PromoteAsync(world);
                return (left = await LeftAsync(world)).Length == 0;
            }, "everything has expired");
        }
        catch (TimeoutException)
        {
            // Says what is left, and for how long.
            string[] lives = await Task.WhenAll(left.Select(async key => $"{key} {await world.Rq.Database.KeyTimeToLiveAsync(key)}"));
            lives.ShouldBeEmpty();
            throw;
        }
    }

    /// <summary>Twenty jobs.</summary>
    private static async Task EnqueueOneOfEachAsync(TestWorld world, int round)
    {
        Queue queue = world.Queue();
        JobCall add = Call("TestJobs.Add", 1, 2), fail = Call("TestJobs.Fail", "no");
        await queue.EnqueueManyAsync([
            new JobRequest(add, s_options),
            new JobRequest(fail, s_options),
            new JobRequest(fail, s_options with { Retry = new Retry(2) }),
            new JobRequest(fail, s_options with { Retry = new Retry(1, TimeSpan.FromMilliseconds(1)) }),
            new JobRequest(add, s_options with { Repeat = new Repeat(2) }),
            new JobRequest(add, s_options with { Group = $"g{round % 7}" }),
            new JobRequest(add, s_options with { RateLimit = new RateLimit($"k{round % 5}", 2) }),
            new JobRequest(fail, s_options with { RateLimit = new RateLimit($"k{round % 5}", 2) }),
            new JobRequest(add, s_options with { ResultTtl = TimeSpan.Zero }),
            new JobRequest(fail, s_options with { FailureTtl = TimeSpan.Zero }),
            new JobRequest(Call("NotingJobs.Note"), s_options),
            new JobRequest(Call("NotingJobs.NoteAndFail"), s_options),
            new JobRequest(Call("NotingJobs.Again"), s_options)]);
        Job parent = await queue.EnqueueAsync(fail, s_options);
        await queue.EnqueueAsync(add, s_options with { DependsOn = new Dependency(parent) { AllowFailure = true } });
        await queue.EnqueueAsync(add, s_options with { DependsOn = new Dependency(parent) { IfUnmet = UnmetDependency.Fail } });
        await queue.EnqueueAsync(add, s_options with { DependsOn = [parent], Ttl = s_short });
        await world.Queue("scheduled").EnqueueAsync(add, s_options with { DueIn = TimeSpan.FromMilliseconds(1) });
        Job canceled = await world.Queue("unserved").EnqueueAsync(add, s_options with { Group = "canceled" });
        await canceled.CancelAsync();
        await world.Queue("unserved").EnqueueAsync(add, s_options with { Ttl = s_short });
    }

    private static async Task StopSomeAsync(TestWorld world)
    {
        for (int i = 0; i < 5; i++)
        {
            string gate = Guid.NewGuid().ToString();
            Job<string> job = await world.Queue().EnqueueAsync(() => TestJobs.WaitAtGateAsync(gate, CancellationToken.None), s_options);
            await TestJobs.Gate(gate).HasEnteredAsync();
            if (i % 2 == 0)
                await job.StopAsync();
            else
                await job.CancelAsync(stop: true);
        }

        await world.Queue("unserved").DeleteAsync();
    }

    private static async Task PromoteAsync(TestWorld world)
    {
        foreach (string queue in new[] { "default", "scheduled" })
            await Promote.AllAsync(world.Rq, queue, CancellationToken.None);
        foreach (string queue in new[] { "unserved", "scheduled" })
            await Sweep.RegistryAsync(world.Rq, world.Rq.Keys.Canceled(queue), [JobStatus.Canceled], CancellationToken.None);
    }

    /// <summary>The keys that are there, but for the few that stay, those that say who is alive, and the records of workers, which expire.</summary>
    private static async Task<string[]> LeftAsync(TestWorld world)
    {
        string prefix = world.Rq.KeyPrefix;
        string[] fixedKeys = [prefix + "queues", prefix + "result-template", prefix + "leases", prefix + "leases:owners", prefix + "leases:waits", prefix + "workers"];
        var left = new List<string>();
        await foreach (RedisKey key in world.Rq.Multiplexer.GetServers().Single().KeysAsync(world.Rq.Database.Database, prefix + "*", pageSize: 1000))
        {
            string name = (string)key!;
            if (!fixedKeys.Contains(name) && !name.StartsWith(prefix + "worker", StringComparison.Ordinal) && !name.StartsWith(prefix + "clean", StringComparison.Ordinal))
                left.Add(name);
        }

        return [.. left];
    }
}
