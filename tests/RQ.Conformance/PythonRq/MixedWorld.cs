using RQ.TestSupport;

namespace RQ.Conformance.PythonRq;

/// <summary>A server with a process of Python that runs scripts, and with workers of both languages as a test asks for them.</summary>
/// <remarks>
/// Scripts find <c>shared_tasks</c>, <c>q</c>, the queue "default", <c>name_of</c> for the names of workers, and <c>until</c>, <c>status</c> and <c>until_is</c> to wait by.
/// The functions of <c>shared_tasks</c> run in either language, see <see cref="PythonSharedTasks"/>.
/// </remarks>
internal sealed class MixedWorld : IAsyncDisposable
{
    private readonly List<IDisposable> _pythonWorkers = [];

    private MixedWorld(TestWorld world, PythonSide side)
    {
        World = world;
        Side = side;
        Python = side.StartSession("""
            import shared_tasks, threading
            q = queue()
            def name_of(worker): return '%s-%s' % (worker, redis.connection_pool.connection_kwargs['db'])
            def members(key): return sorted(each.decode() for each in (redis.zrange(key, 0, -1) if redis.type(key) == b'zset' else redis.smembers(key)))

            """);
    }

    public TestWorld World { get; }

    public PythonSide Side { get; }

    public PythonSession Python { get; }

    public static async Task<MixedWorld> CreateAsync()
    {
        TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        return new MixedWorld(world, await PythonSide.InAsync(world));
    }

    public Queue Queue(string name = "default") => World.Queue(name);

    public async Task<Job> FetchAsync(string id) => await Job.FetchAsync(id, World.Rq);

    public PythonWorker StartPythonWorker(params string[] arguments)
    {
        PythonWorker worker = Side.StartWorker(arguments);
        _pythonWorkers.Add(worker);
        return worker;
    }

    /// <summary>A worker's name that no other world has: commands go to a name, whatever the database.</summary>
    public string NameOf(string worker) => $"{worker}-{World.Rq.Database.Database}";

    /// <summary>Starts a worker here, or a Python worker.</summary>
    /// <param name="inPython">Which.</param>
    /// <param name="name">Its name, by <see cref="NameOf"/>.</param>
    /// <param name="queues">Its queues.</param>
    public void StartWorker(bool inPython, string name, params string[] queues)
    {
        if (inPython)
            StartPythonWorker(["--name", name, .. queues]);
        else
            World.StartWorker(queues, options => options.Name = name);
    }

    public Task EndsAsync(string id) => BecomesAsync(id, JobStatus.Finished);

    public Task BecomesAsync(string id, JobStatus status) => Eventually.BecomesAsync(
        async () => await World.Rq.Database.HashGetAsync(World.Rq.Keys.Job(id), "status") == status.ToString().ToLowerInvariant(), $"{id} is {status}");

    /// <summary>Waits until a job of <c>shared_tasks.wait_for</c> runs.</summary>
    public Task HasBegunAsync(string id) => Eventually.BecomesAsync(() => World.Rq.Database.KeyExistsAsync("shared_tasks:" + id), $"{id} runs");

    /// <summary>How often <c>shared_tasks.wait_for</c> or <c>fail_times</c> ran as this job.</summary>
    public async Task<int> RunsAsync(string id) => (int)await World.Rq.Database.StringGetAsync("shared_tasks:" + id);

    /// <summary>Lets <c>shared_tasks.wait_for</c> end.</summary>
    public Task OpenAsync(string gate) => World.Rq.Database.StringSetAsync(gate, 1);

    public async ValueTask DisposeAsync()
    {
        await Python.DisposeAsync();
        foreach (IDisposable worker in _pythonWorkers)
            worker.Dispose();
        await World.DisposeAsync();
    }
}
