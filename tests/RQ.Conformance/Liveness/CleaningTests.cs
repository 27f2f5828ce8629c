using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Conformance.Transitions;
using RQ.Redis.Transitions;
using RQ.TestSupport;
using RQ.Workers;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Liveness;

/// <summary>Cleaning of what has expired: in bites, beside the jobs, and by one worker of many.</summary>
public class CleaningTests
{
    private const int Ghosts = 200_000;

    [Fact]
    public async Task S164_MNT_1_hundreds_of_thousands_of_ghosts_delay_no_job_and_no_script_is_long()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        var log = new FakeLogCollector();
        for (int from = 0; from < Ghosts; from += 10_000)
        {
            await rq.Database.ScriptEvaluateAsync(
                """
                for n = ARGV[1] + 1, ARGV[1] + 10000 do
                  redis.call('ZADD', KEYS[1], 1, 'ghost' .. n .. ':0123456789abcdef0123456789abcdef')
                  redis.call('ZADD', KEYS[2], 1, 'ghost' .. n)
                end
                """, [rq.Keys.Started("default"), rq.Keys.Finished("default")], [from]);
        }

        IReadOnlyList<Job> jobs = await new Queue("default", rq).EnqueueManyAsync(Enumerable.Range(0, 10).Select(_ => JobCall.To("RQ.TestSupport.TestJobs.Nothing")));
        ServerWork before = await ServerWork.OfAsync(server);

        await using var worker = new RunningWorker(new Worker(["default"], rq, new WorkerOptions
        {
            Functions = new JobFunctions().AddAssemblyOf<Backend>(),
            LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log))),
        }));
        foreach (Job job in jobs)
            await job.WaitForResultAsync(Eventually.Limit);
        await Eventually.BecomesAsync(
            async () => await rq.Database.SortedSetLengthAsync(rq.Keys.Started("default")) == 0 && await rq.Database.SortedSetLengthAsync(rq.Keys.Finished("default")) == 10,
            "all is cleaned");
        string[] lines = [];
        await Eventually.BecomesAsync(() => (lines = [.. log.GetSnapshot().Select(record => record.Message)]).Count(line => line.Contains(": cleaned ")) == 2, "both are told of");

        ServerWork work = await ServerWork.OfAsync(server) - before;
        // The longest, looking at 500 entries, runs about 2,000 commands; taken together all would be 800,000.
        work.CommandsPerScript.ShouldBeLessThan(2500);
        work.Scripts.ShouldBeGreaterThan(2 * Ghosts / 1000);
        lines.ShouldContain(line => line.Contains("cleaning overdue executions of queue default: ") && line.Contains("removed so far"));
        lines.ShouldContain(line => line.Contains("cleaning registries of queue default: ") && line.Contains("removed so far"));
        Array.FindIndex(lines, line => line.Contains("Job OK")).ShouldBeLessThan(Array.FindIndex(lines, line => line.Contains(": cleaned ")));
    }

    [Theory, OnEachBackend]
    public async Task MNT_1_each_piece_falls_to_one_worker_in_each_period(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] pieces = ["leftovers:a", "leftovers:b", "site"];
        TimeSpan period = TimeSpan.FromMinutes(1);

        IReadOnlyList<string>[] won = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Elect.ExecuteAsync(world.Rq, pieces, period)));

        won.SelectMany(each => each).Order().ShouldBe(pieces);
        (await Elect.ExecuteAsync(world.Rq, ["leftovers:c", "site"], period)).ShouldBe(["leftovers:c"]);
        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Cleaning("site")))!.Value.TotalSeconds.ShouldBeInRange(1, 54);
        await world.Rq.Database.KeyDeleteAsync(world.Rq.Keys.Cleaning("site"));
        (await Elect.ExecuteAsync(world.Rq, pieces, period)).ShouldBe(["site"]);
    }

    [Theory, OnEachBackend]
    public async Task MNT_1_a_lock_is_taken_by_one_and_ends_by_itself(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string locked = world.Rq.Keys.CleanRegistries("default");
        TimeSpan time = TimeSpan.FromMinutes(2);

        (await Elect.LockAsync(world.Rq, locked, time)).ShouldBeTrue();
        (await Elect.LockAsync(world.Rq, locked, time)).ShouldBeFalse();
        (await world.Rq.Database.KeyTimeToLiveAsync(locked))!.Value.TotalSeconds.ShouldBeInRange(1, 120);
        await world.Rq.Database.KeyDeleteAsync(locked);
        (await Elect.LockAsync(world.Rq, locked, time)).ShouldBeTrue();
    }

    [Fact]
    public async Task MNT_1_a_worker_of_a_moment_does_not_stand_for_the_cleaning_of_the_site()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        RunningWorker worker = world.StartWorker();
        await Leases.IsRenewedAsync(world.Rq, worker.Name, times: 3);
        await worker.StopAsync();

        (await world.Rq.Database.KeyExistsAsync(world.Rq.Keys.Cleaning("site"))).ShouldBeFalse();
    }

    [Theory, OnEachBackend]
    public async Task MNT_1_WRK_20_groups_rate_limits_and_sets_of_workers_are_cleaned_while_it_works(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        IDatabase db = world.Rq.Database;
        Job gone = await world.Queue("elsewhere").EnqueueAsync(JobCall.To("a"), new JobOptions { Group = "g" });
        Job waits = await world.Queue("elsewhere").EnqueueAsync(JobCall.To("a"), new JobOptions { RateLimit = new RateLimit("k", 700) });
        // Stale slots that fill more than one bite, and all slots.
        string allowed = world.Rq.KeyPrefix + "rl:k:allowed";
        await db.SortedSetAddAsync(allowed, [.. Enumerable.Range(0, 699).Select(i => new SortedSetEntry($"stale{i}", i))]);
        Job limited = await world.Queue("elsewhere").EnqueueAsync(JobCall.To("a"), new JobOptions { RateLimit = new RateLimit("k", 700) });
        await db.KeyDeleteAsync(world.Rq.Keys.Job(gone.Id));
        await db.SetAddAsync(world.Rq.Keys.Workers, world.Rq.Keys.Worker("expired"));
        await db.SetAddAsync(world.Rq.Keys.WorkersOf("default"), world.Rq.Keys.Worker("expired"));

        world.StartWorker(configure: options => options.MaintenanceInterval = TimeSpan.FromSeconds(1));

        await Eventually.BecomesAsync(async () => await db.SortedSetLengthAsync(allowed) == 2, "stale slots are free");
        await Eventually.BecomesAsync(async () => await limited.GetStatusAsync() == JobStatus.Queued, "the next one has one of them");
        (await waits.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        await Eventually.BecomesAsync(async () => !await db.KeyExistsAsync(world.Rq.Keys.Group("g")), "the group is forgotten");
        await Eventually.BecomesAsync(async () => await db.SetLengthAsync(world.Rq.Keys.Workers) == 1 && await db.SetLengthAsync(world.Rq.Keys.WorkersOf("default")) == 1, "only the living worker is listed");
    }

    [Theory, OnEachBackend]
    public async Task Whoever_was_elected_before_the_servers_clock_was_set_back_keeps_nobody_from_the_work(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        string[] pieces = ["before", "now", "python"];
        TimeSpan period = TimeSpan.FromMinutes(10);
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Cleaning("before"), "another", TimeSpan.FromHours(1));
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Cleaning("now"), "another", TimeSpan.FromMinutes(8));
        // Python's locks have this value, and live for a quarter of an hour.
        await world.Rq.Database.StringSetAsync(world.Rq.Keys.Cleaning("python"), "1", TimeSpan.FromMinutes(15));

        (await Elect.ExecuteAsync(world.Rq, pieces, period)).ShouldBe(["before"]);

        (await world.Rq.Database.KeyTimeToLiveAsync(world.Rq.Keys.Cleaning("before")))!.Value.ShouldBeLessThan(period);
        (await Elect.ExecuteAsync(world.Rq, pieces, period)).ShouldBeEmpty();
    }

    [Theory, OnEachBackend]
    public async Task A_long_cleaning_does_not_hold_up_the_recovery_of_jobs(Backend backend)
    {
        await using TestWorld world = await TestWorld.CreateAsync(backend);
        // Whoever holds this key keeps the pass from its work, as a very long one would; recovery goes its own way.
        using var cleaner = new Cleaner(world);
        var blocked = new TaskCompletionSource();
        var steps = new MaintenanceSteps(new WorkerSetup(world.Rq, "w", ["default"], new WorkerOptions().Freeze(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance), CancellationToken.None);
        int tries = 0;
        Task repeated = steps.RepeatAsync(TimeSpan.FromSeconds(1), async () =>
        {
            if (Interlocked.Increment(ref tries) == 1)
                throw new InvalidOperationException("the first pass fails");
            await blocked.Task;
        });
        await Eventually.BecomesAsync(() => Volatile.Read(ref tries) == 2, "a failed pass is followed by another");
        repeated.IsCompleted.ShouldBeFalse();
        Conformance.Transitions.TransitionClient dead = await Conformance.Transitions.TransitionClient.RegisterAsync(world);
        Job job = await world.Queue().EnqueueAsync(JobCall.To("a"));
        (await dead.TakeAsync(1, RQ.Executions.ExecutionIds.New(1))).Executions.Count.ShouldBe(1);
        await world.Rq.Database.SortedSetAddAsync(world.Rq.Keys.Leases, dead.Name, 0);

        await cleaner.Maintenance.RecoverAsync(dead.Name);

        (await job.GetStatusAsync()).ShouldBe(JobStatus.Queued);
        blocked.SetResult();
    }
}
