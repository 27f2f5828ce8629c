using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using RQ.Redis;
using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Conformance.Limits;

/// <summary>A key of RQ's that holds something else: calls that need it say which key it is, everything else goes on, and so does it when the key is gone.</summary>
public class WrongTypeTests
{
    private const string Bad = "bad", Good = "good", Name = "w";

    private static readonly JobCall s_add = JobCall.To("RQ.TestSupport.TestJobs.Add", 1, 1), s_fail = JobCall.To("RQ.TestSupport.TestJobs.Fail", "no");

    private static readonly Dictionary<string, Func<Keys, string>> s_keysOfQueue = new()
    {
        ["queue"] = keys => keys.Queue(Bad),
        ["started"] = keys => keys.Started(Bad),
        ["finished"] = keys => keys.Finished(Bad),
        ["failed"] = keys => keys.Failed(Bad),
        ["deferred"] = keys => keys.Deferred(Bad),
        ["scheduled"] = keys => keys.Scheduled(Bad),
        ["canceled"] = keys => keys.Canceled(Bad),
        ["ready"] = keys => keys.Ready(Bad),
        ["intermediate"] = keys => keys.Intermediate(Bad),
        ["workers of the queue"] = keys => keys.WorkersOf(Bad),
        ["clean registries"] = keys => keys.CleanRegistries(Bad),
        ["scheduler lock"] = keys => keys.SchedulerLock(Bad),
        ["rate limit"] = keys => keys.Prefix + "rl:k",
        ["rate limit, those allowed"] = keys => keys.Prefix + "rl:k:allowed",
        ["rate limit, those in line"] = keys => keys.Prefix + "rl:k:rate_limited",
        ["group"] = keys => keys.Group("g"),
    };

    private static readonly Dictionary<string, Func<Keys, string>> s_keysOfAll = new()
    {
        ["queues"] = keys => keys.Queues,
        ["workers"] = keys => keys.Workers,
        ["leases"] = keys => keys.Leases,
        ["lease owners"] = keys => keys.LeaseOwners,
        ["lease waits"] = keys => keys.LeaseWaits,
        ["releasing"] = keys => keys.Releasing,
        ["result template"] = keys => keys.ResultTemplate,
        ["paused"] = keys => keys.Paused,
        ["groups"] = keys => keys.Groups,
        ["rate limits"] = keys => keys.RateLimits,
        ["cron schedules"] = keys => keys.CronSchedules,
        ["cron due"] = keys => keys.CronDue,
        ["cron schedulers"] = keys => keys.CronSchedulers,
        ["cron lock"] = keys => keys.CronLock,
        ["worker"] = keys => keys.Worker(Name),
        ["worker's executions"] = keys => keys.WorkerExecutions(Name),
        ["claims"] = keys => keys.Claims(Name, Bad),
    };

    public static TheoryData<string> KeysOfQueue => [.. s_keysOfQueue.Keys];

    public static TheoryData<string> KeysOfAll => [.. s_keysOfAll.Keys];

    [Theory, MemberData(nameof(KeysOfQueue))]
    public async Task A_wrong_key_of_one_queue_harms_no_other_queue(string which)
    {
        await using World world = await World.StartAsync();
        string key = await world.SpoilAsync(s_keysOfQueue[which]);

        await world.TryEverythingAsync(key);
        Job<int> good = await world.Queue(Good).EnqueueAsync<int>(s_add);

        (await good.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await world.IsCalmAsync();
        await world.RecoversAsync(key);
    }

    [Theory, MemberData(nameof(KeysOfAll))]
    public async Task A_wrong_key_of_all_ends_no_worker_and_is_named(string which)
    {
        await using World world = await World.StartAsync();
        string key = await world.SpoilAsync(s_keysOfAll[which]);

        await world.TryEverythingAsync(key);

        await world.IsCalmAsync();
        await world.RecoversAsync(key);
    }

    [Fact]
    public async Task A_worker_waits_for_a_wrong_key_longer_than_for_any_other_error()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        string key = world.Rq.Keys.Queue(Bad);
        await world.Rq.Database.StringSetAsync(key, "wrong");
        long errors = 0;
        var time = new CountingTime(() => Interlocked.Increment(ref errors));
        await using RqConnection rq = await RqConnection.ConnectAsync(world.Rq.Multiplexer, new RqConnectionOptions { TimeProvider = time });
        var log = new FakeLogCollector();
        await using var worker = new RunningWorker(new Worker([Bad, Good], rq, new WorkerOptions
        {
            Functions = world.Functions, LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(log))),
        }));

        // After 20 errors of any other kind in a row a worker ends.
        await Eventually.BecomesAsync(() => Interlocked.Read(ref errors) > 25, "many steps have failed");

        worker.Completion.IsCompleted.ShouldBeFalse();
        log.GetSnapshot().Single(record => record.Level >= LogLevel.Error).Exception!.Message.ShouldContain($"The key '{key}' holds a string, where RQ keeps a list");
        (await (await world.Queue(Good).EnqueueAsync<int>(s_add)).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        await world.Rq.Database.KeyDeleteAsync(key);
        (await (await world.Queue(Bad).EnqueueAsync<int>(s_add)).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
    }

    [Fact]
    public async Task Whoever_reads_a_wrong_key_is_told_which()
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        Keys keys = world.Rq.Keys;
        Queue queue = world.Queue(Bad);
        Job job = await world.Queue(Good).EnqueueAsync(s_add);
        async Task IsNamedAsync(string key, Func<Task> read)
        {
            await world.Rq.Database.KeyDeleteAsync(key);
            await world.Rq.Database.StringSetAsync(key, "wrong");
            (await Should.ThrowAsync<RedisServerException>(read)).Message.ShouldContain($"'{key}' holds a string");
            await world.Rq.Database.KeyDeleteAsync(key);
        }

        await IsNamedAsync(keys.Queue(Bad), () => queue.CountAsync());
        await IsNamedAsync(keys.Queue(Bad), () => queue.GetJobIdsAsync());
        await IsNamedAsync(keys.Queue(Bad), () => queue.GetPositionAsync(job));
        await IsNamedAsync(keys.Queues, () => Queue.AllAsync(world.Rq));
        foreach (JobRegistry registry in new[] { queue.Started, queue.Finished, queue.Failed, queue.Deferred, queue.Scheduled, queue.Canceled, queue.Ready })
        {
            string key = $"{keys.Prefix}{(registry.Kind == RegistryKind.Started ? "wip" : registry.Kind.ToString().ToLowerInvariant())}:{Bad}";
            await IsNamedAsync(key, () => registry.CountAsync());
            await IsNamedAsync(key, () => registry.GetJobIdsAsync());
            await IsNamedAsync(key, () => registry.ContainsAsync("x"));
            await IsNamedAsync(key, () => registry.CleanUpAsync());
        }

        await IsNamedAsync(keys.Results(job.Id), () => job.GetLatestResultAsync());
        await IsNamedAsync(keys.Results(job.Id), () => job.GetResultsAsync());
        await IsNamedAsync(keys.Workers, () => Worker.AllAsync(world.Rq));
        await IsNamedAsync(keys.Job(job.Id), () => job.RefreshAsync());
    }

    [Fact]
    public async Task Keys_of_one_job_that_are_wrong_harm_that_job_alone()
    {
        await using World world = await World.StartAsync();
        Keys keys = world.Rq.Keys;
        string gate = Guid.NewGuid().ToString();
        Job busy = await world.Queue(Bad).EnqueueAsync(JobCall.To("RQ.TestSupport.TestJobs.WaitAtGateAsync", gate));
        await TestJobs.Gate(gate).HasEnteredAsync();
        var spoiled = new List<Job>();
        foreach (Func<string, string> key in new Func<string, string>[] { keys.Job, keys.Dependents, keys.Dependencies, keys.Results, keys.JobLog, keys.Executions, id => keys.Execution(id, "x") })
        {
            Job job = await world.Queue(Bad).EnqueueAsync(s_add, new JobOptions { DependsOn = new Dependency(busy) { AllowFailure = true } });
            await world.Rq.Database.KeyDeleteAsync(key(job.Id));
            await world.Rq.Database.StringSetAsync(key(job.Id), "wrong");
            spoiled.Add(job);
        }

        Job<int> good = await world.Queue(Bad).EnqueueAsync<int>(s_add, new JobOptions { DependsOn = new Dependency(busy) { AllowFailure = true } });
        TestJobs.Gate(gate).Open();

        (await good.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
        (await busy.GetStatusAsync()).ShouldBe(JobStatus.Finished);
        // Their end needs none of these keys but one's own, which is no job any more.
        foreach (Job job in spoiled.Where(job => job.Id != spoiled[0].Id && job.Id != spoiled[3].Id))
            await Eventually.BecomesAsync(async () => await job.GetStatusAsync() == JobStatus.Finished, $"{spoiled.IndexOf(job)} has run");
        await world.IsCalmAsync();
    }

    /// <summary>The system's time, which tells of each pause after a step that failed.</summary>
    private sealed class CountingTime(Action onPause) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == TimeSpan.FromMilliseconds(500) && period == Timeout.InfiniteTimeSpan)
                onPause();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    /// <summary>A server of its own, so that its commands can be counted, and a worker on a good queue and one whose keys are spoiled.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly RedisServer _server;
        private readonly long _began = Stopwatch.GetTimestamp();

        private World(RedisServer server, RqConnection rq)
        {
            (_server, Rq) = (server, rq);
            Worker = new RunningWorker(new Worker([Bad, Good], rq, new WorkerOptions
            {
                Name = Name,
                Functions = new JobFunctions().AddAssemblyOf<TestWorld>(),
                WithScheduler = true,
                MaintenanceInterval = TimeSpan.FromSeconds(1),
                LeftoversInterval = TimeSpan.FromSeconds(1),
                LoggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(Log))),
            }));
        }

        public RqConnection Rq { get; }

        public RunningWorker Worker { get; }

        public FakeLogCollector Log { get; } = new();

        public static async Task<World> StartAsync()
        {
            RedisServer server = await RedisServer.StartAsync();
            var world = new World(server, await RqConnection.ConnectAsync(server.Url()));
            foreach (string queue in new[] { Bad, Good })
                (await (await world.Queue(queue).EnqueueAsync<int>(s_add)).WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
            return world;
        }

        public Queue Queue(string name) => new(name, Rq);

        /// <summary>Something else has written the key.</summary>
        public async Task<string> SpoilAsync(Func<Keys, string> key)
        {
            string name = key(Rq.Keys);
            // A text where RQ keeps something else, and a list where it keeps a text: in one step, so that nobody writes it anew in between.
            string write = KeyKinds.Of(Rq.Keys, name) == "string" ? "'RPUSH', KEYS[1], 'wrong'" : "'SET', KEYS[1], 'wrong'";
            await Rq.Database.ScriptEvaluateAsync($"redis.call('DEL', KEYS[1]) redis.call({write})", [name]);
            return name;
        }

        /// <summary>Whatever is refused is refused with the key's name.</summary>
        public async Task TryEverythingAsync(string key)
        {
            Queue bad = Queue(Bad);
            Job?[] jobs = new Job?[10];
            Func<Task>[] calls =
            [
                async () => jobs[0] = await bad.EnqueueAsync(s_add),
                async () => jobs[1] = await bad.EnqueueAsync(s_fail),
                async () => jobs[2] = await bad.EnqueueAsync(s_fail, new JobOptions { Retry = new Retry(1) }),
                async () => jobs[3] = await bad.EnqueueAsync(s_add, new JobOptions { DueIn = TimeSpan.FromHours(1) }),
                async () => jobs[4] = await bad.EnqueueAsync(s_add, new JobOptions { DependsOn = [jobs[3] ?? throw new OperationCanceledException()] }),
                async () => jobs[5] = await bad.EnqueueAsync(s_add, new JobOptions { RateLimit = new RateLimit("k", 1), Group = "g" }),
                async () => jobs[6] = await bad.EnqueueAsync(s_add, new JobOptions { Id = "named", Repeat = new Repeat(1) }),
                async () => await bad.EnqueueManyAsync(Enumerable.Repeat(s_add, 20)),
                async () => await (jobs[4] ?? throw new OperationCanceledException()).CancelAsync(),
                async () => await (jobs[3] ?? throw new OperationCanceledException()).DeleteAsync(),
                async () => await bad.CountAsync(),
                async () => await bad.Failed.RequeueAllAsync(),
                async () => await bad.CompactAsync(),
                async () => await bad.EmptyAsync(),
                async () => await bad.PauseAsync(),
                async () => await bad.ResumeAsync(),
                async () => await global::RQ.Worker.AllAsync(Rq),
                async () => await Rq.Cron.AddOrUpdateAsync(new CronSchedule { Name = "n", Interval = TimeSpan.FromHours(1), Call = s_add, Queue = Bad }),
                async () => await Rq.Cron.ListAsync(),
            ];
            for (int i = 0; i < calls.Length; i++)
            {
                try
                {
                    await calls[i]();
                }
                catch (RedisServerException exception)
                {
                    exception.Message.ShouldContain(key, Case.Sensitive, $"call {i}");
                }
                catch (OperationCanceledException)
                {
                    // What it needs could not be enqueued.
                }
            }
        }

        /// <summary>The worker lives, and does not ask the server again and again.</summary>
        public async Task IsCalmAsync()
        {
            long began = Stopwatch.GetTimestamp(), before = await ScriptsAsync();
            using var calm = new PeriodicTimer(TimeSpan.FromSeconds(2));
            await calm.WaitForNextTickAsync();
            ((await ScriptsAsync() - before) / Stopwatch.GetElapsedTime(began).TotalSeconds).ShouldBeLessThan(75);
            Worker.Completion.IsCompleted.ShouldBeFalse();
            Log.GetSnapshot().Count(record => record.Level >= LogLevel.Warning).ShouldBeLessThan(30 + (int)(8 * Stopwatch.GetElapsedTime(_began).TotalSeconds));
        }

        /// <summary>Without the wrong key all is as before.</summary>
        public async Task RecoversAsync(string key)
        {
            await Rq.Database.KeyDeleteAsync(key);
            foreach (string queue in new[] { Good, Bad })
            {
                Job<int> job = await Queue(queue).EnqueueAsync<int>(s_add);
                (await job.WaitForResultAsync(Eventually.Limit)).ShouldBe(2);
            }
        }

        public async Task<long> ScriptsAsync() => (await ServerWork.OfAsync(_server)).Scripts;

        public async ValueTask DisposeAsync()
        {
            await Worker.DisposeAsync();
            await Rq.DisposeAsync();
            await _server.DisposeAsync();
        }
    }
}
