using RQ.TestSupport;
using Shouldly;
using StackExchange.Redis;

namespace RQ.Conformance.Golden;

/// <summary>A golden scenario acted out by us, with snapshots at the same moments.</summary>
internal sealed class GoldenRun
{
    public const string WorkerName = "fixture-worker";

    private readonly DateTimeOffset _from = DateTimeOffset.UtcNow;
    private readonly OrderedDictionary<string, (RedisDump Dump, TimeSpanOfRun Span)> _snapshots = [];

    private GoldenRun(TestWorld world)
    {
        World = world;
        Tasks.AddTo(world.Functions);
    }

    public TestWorld World { get; }

    public FixtureTasks Tasks { get; } = new();

    /// <summary>Acts it out.</summary>
    public static async Task<GoldenRun> PlayAsync(Func<GoldenRun, Task> play)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var run = new GoldenRun(world);
        await play(run);
        return run;
    }

    /// <summary>Compares all snapshots with those of one version of RQ.</summary>
    /// <returns>Every difference, explained or not.</returns>
    public IReadOnlyList<Difference> Compare(GoldenScenario golden)
    {
        golden.Moments.ShouldBe(_snapshots.Keys, "A snapshot belongs to each moment of the golden file.");
        return [.. _snapshots.SelectMany(ours => GoldenComparer.Compare(golden.Snapshot(ours.Key), ours.Value.Dump, ours.Value.Span))];
    }

    public RunningWorker StartWorker(params string[] queues) => World.StartWorker(queues, options => options.Name = WorkerName);

    public Task RunBurstAsync(string queue = "default") => World.RunBurstAsync([queue], options => options.Name = WorkerName);

    /// <summary>Python's <c>--burst --max-jobs 1</c>.</summary>
    public Task RunOneJobAsync() => RunJobsAsync(1);

    /// <summary>Python's <c>--burst --max-jobs</c>.</summary>
    public Task RunJobsAsync(int count) => World.RunBurstAsync(configure: options =>
    {
        options.Name = WorkerName;
        options.MaxJobs = count;
    });

    public async Task<string> WorkerFieldAsync(string field) =>
        (string?)await World.Rq.Database.HashGetAsync(World.Rq.Keys.Worker(WorkerName), field) ?? "";

    public Task<bool> ExistsAsync(RedisKey key) => World.Rq.Database.KeyExistsAsync(key);

    /// <summary>Keeps all that is in Redis now, to be compared with the golden snapshots of this moment.</summary>
    public async Task SnapAsync(string when) => Snap(when, await ReadAsync());

    /// <summary>What is there now.</summary>
    public Task<RedisDump> ReadAsync() => RedisDump.ReadAsync(World.Rq.Database);

    /// <summary>Keeps what was read a moment ago.</summary>
    public void Snap(string when, RedisDump ours) => _snapshots.Add(when, (ours, new TimeSpanOfRun(_from, DateTimeOffset.UtcNow)));
}
