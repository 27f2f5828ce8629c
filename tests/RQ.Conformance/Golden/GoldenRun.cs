using RQ.TestSupport;
using StackExchange.Redis;

namespace RQ.Conformance.Golden;

/// <summary>A golden scenario acted out by us, with snapshots at the same moments.</summary>
internal sealed class GoldenRun
{
    public const string WorkerName = "fixture-worker";

    private readonly GoldenScenario _golden;
    private readonly DateTimeOffset _from = DateTimeOffset.UtcNow;
    private readonly List<string> _moments = [];
    private readonly List<Difference> _differences = [];

    private GoldenRun(GoldenScenario golden, TestWorld world)
    {
        _golden = golden;
        World = world;
        Tasks.AddTo(world.Functions);
    }

    public TestWorld World { get; }

    public FixtureTasks Tasks { get; } = new();

    /// <summary>Acts it out and compares.</summary>
    /// <returns>Every difference, explained or not.</returns>
    public static async Task<IReadOnlyList<Difference>> PlayAsync(string scenario, Func<GoldenRun, Task> play)
    {
        await using TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var run = new GoldenRun(GoldenScenario.Load(scenario), world);
        await play(run);
        string[] left = [.. run._golden.Moments.Except(run._moments)];
        return left.Length == 0 ? run._differences : throw new InvalidOperationException($"No snapshot was taken of: {string.Join(" | ", left)}.");
    }

    public RunningWorker StartWorker(params string[] queues) => World.StartWorker(queues, options => options.Name = WorkerName);

    public Task RunBurstAsync() => World.RunBurstAsync(configure: options => options.Name = WorkerName);

    public async Task<string> WorkerFieldAsync(string field) =>
        (string?)await World.Rq.Database.HashGetAsync(World.Rq.Keys.Worker(WorkerName), field) ?? "";

    public Task<bool> ExistsAsync(RedisKey key) => World.Rq.Database.KeyExistsAsync(key);

    /// <summary>Compares all that is in Redis now with the golden snapshot of this moment.</summary>
    public async Task SnapAsync(string when)
    {
        RedisDump ours = await RedisDump.ReadAsync(World.Rq.Database);
        _moments.Add(when);
        _differences.AddRange(GoldenComparer.Compare(_golden.Snapshot(when), ours, new TimeSpanOfRun(_from, DateTimeOffset.UtcNow)));
    }
}
