using System.Collections.Concurrent;
using RQ.TestSupport;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>Who enqueues, who runs, and in which format the calls and results are.</summary>
public sealed record Combination(string Enqueues, string Runs, string Format);

/// <summary>
/// One combination at work: a server with one long-lived worker that has a scheduler, and one long-lived process of Python.
/// All scenarios begin at once and share the worker.
/// </summary>
internal sealed class MatrixWorld : IAsyncDisposable
{
    // What scripts find besides the names of every session.
    private const string Names = """
        import threading
        import shared_tasks
        serializer = {0}
        error = '{1}'
        worker_name = '{2}'
        q = queue(serializer=serializer)
        def get(id): return fetch(id, serializer=serializer)
        # RQ 1.13 gives times without a zone, 2.x with one.
        def now(job): return datetime.now(timezone.utc).replace(tzinfo=job.created_at.tzinfo)
        def ended(id, wanted):
            until(lambda: status(id) in ('finished', 'failed', 'stopped', 'canceled', 'gone'), id + ' has ended')
            job = get(id)
            assert job.get_status() == wanted, (id, job.get_status(), job.exc_info)
            return job
        def places(id):
            kinds = ['finished', 'failed', 'deferred', 'scheduled', 'canceled']
            found = [kind for kind in kinds if redis.zscore('rq:%s:default' % kind, id) is not None]
            if any(each.decode().split(':')[0] == id for each in redis.zrange('rq:wip:default', 0, -1)): found.append('started')
            if id in queue().job_ids: found.append('queued')
            return found

        """;

    private readonly TestWorld _world;
    private readonly PythonWorker? _pythonWorker;
    private readonly RunningWorker? _worker;
    private readonly PythonSession _python;
    private readonly Dictionary<string, Task> _running;

    private MatrixWorld(TestWorld world, PythonSide python, Combination combination)
    {
        _world = world;
        bool isJson = combination.Format == "JSON";
        // Commands go to a worker's name, whatever the database: each world has one of its own.
        string name = $"the-worker-{world.Rq.Database.Database}";
        Queue = world.Queue(options: new QueueOptions { Serializer = isJson ? JobSerializer.Json : JobSerializer.Pickle });
        _python = python.StartSession(Names
            .Replace("{0}", isJson ? "JSONSerializer" : "None", StringComparison.Ordinal)
            .Replace("{1}", combination.Runs == "Python" ? "ValueError" : "InvalidOperationException", StringComparison.Ordinal)
            .Replace("{2}", name, StringComparison.Ordinal));
        switch (combination.Runs)
        {
            case "Python":
                string[] format = isJson ? ["-S", "rq.serializers.JSONSerializer"] : [];
                _pythonWorker = python.StartWorker(["--with-scheduler", "--name", name, .. format, "default"]);
                break;
            case ".NET":
                _worker = world.StartWorker(configure: AsTheWorker);
                break;
            default:
                _worker = world.StartWorker(["default"], world.Horses(["--name", name, "default"], configure: AsTheWorker));
                break;
        }

        _running = MatrixScenarios.All.ToDictionary(
            scenario => scenario.Name,
            scenario => combination.Enqueues == "Python" ? _python.RunAsync(scenario.InPython) : scenario.InDotNet(this));

        void AsTheWorker(WorkerOptions options)
        {
            options.Name = name;
            options.WithScheduler = true;
        }
    }

    public Queue Queue { get; }

    public static async Task<MatrixWorld> StartAsync(Combination combination)
    {
        TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        return new MatrixWorld(world, await PythonSide.InAsync(world), combination);
    }

    /// <summary>Waits for the scenario's producer, then lets Python assert.</summary>
    public Task ProveAsync(Scenario scenario) => ProveAsync(_running[scenario.Name], scenario.Proof);

    public Task ProveTotalsAsync() => ProveAsync(Task.WhenAll(_running.Values), MatrixScenarios.Totals);

    public Task HasBegunAsync(string id) =>
        Eventually.BecomesAsync(() => _world.Rq.Database.KeyExistsAsync("shared_tasks:" + id), $"{id} runs");

    public Task OpenAsync(string gate) => _world.Rq.Database.StringSetAsync(gate, 1);

    private async Task ProveAsync(Task producer, string proof)
    {
        try
        {
            await producer;
            await _python.RunAsync(proof);
        }
        catch (InvalidOperationException exception)
        {
            string log = _pythonWorker?.Output ?? string.Join('\n', _world.LogCollector.GetSnapshot().Select(record => record.Message));
            throw new InvalidOperationException($"{exception.Message}\nThe worker's log:\n{log}\n{_worker?.Completion.Exception}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _python.DisposeAsync();
        _pythonWorker?.Dispose();
        await _world.DisposeAsync();
    }
}

/// <summary>The worlds of all combinations: each starts when its first cell is asked for.</summary>
public sealed class MatrixWorlds : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Combination, Lazy<Task<MatrixWorld>>> _worlds = new();

    internal Task<MatrixWorld> OfAsync(Combination combination) =>
        _worlds.GetOrAdd(combination, static key => new Lazy<Task<MatrixWorld>>(() => MatrixWorld.StartAsync(key))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<MatrixWorld>> world in _worlds.Values)
        {
            if (world.Value.IsCompletedSuccessfully)
                await (await world.Value).DisposeAsync();
        }
    }
}
