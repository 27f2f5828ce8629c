using System.Globalization;
using RQ.TestSupport;

namespace RQ.Conformance.PythonRq.Matrix;

/// <summary>
/// One combination at work: a server with one long-lived worker that has a scheduler, and one long-lived process of Python.
/// All scenarios begin at once and share the worker. Where callbacks cross, a worker of the other language serves their queue.
/// </summary>
internal sealed class MatrixWorld : IAsyncDisposable
{
    /// <summary>Where callbacks go that the other language is to call.</summary>
    public const string CallbackQueue = "callbacks";

    // What scripts find besides the names of every session.
    private const string Names = """
        import threading
        import python_calls, shared_tasks
        serializer = {0}
        error = '{1}'
        worker_name = '{2}'
        partner_name = '{3}'
        q = queue(serializer=serializer)
        callbacks = queue('callbacks', serializer=serializer)
        def get(id): return fetch(id, serializer=serializer)
        def noted(id): return [each.decode() for each in redis.lrange('noted:' + id, 0, -1)]
        # RQ 1.13 gives times without a zone, 2.x with one.
        def now(job): return datetime.now(timezone.utc).replace(tzinfo=job.created_at.tzinfo)
        def has_ended(id): return status(id) in ('finished', 'failed', 'stopped', 'canceled', 'gone')
        def ended(id, wanted):
            until(lambda: has_ended(id), id + ' has ended')
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
    private readonly PythonSide _side;
    private readonly PythonSession _python;
    private readonly Combination _combination;
    private readonly List<PythonWorker> _pythonWorkers = [];
    private readonly List<RunningWorker> _workers = [];
    private readonly Dictionary<string, Task> _producers = [];

    private MatrixWorld(TestWorld world, PythonSide side, Combination combination)
    {
        (_world, _side, _combination) = (world, side, combination);
        Queue = world.Queue(options: new QueueOptions { Serializer = combination.IsJson ? JobSerializer.Json : JobSerializer.Pickle });
        _python = side.StartSession(Names
            .Replace("{0}", combination.IsJson ? "JSONSerializer" : "None", StringComparison.Ordinal)
            .Replace("{1}", combination.Runs == "Python" ? "ValueError" : "InvalidOperationException", StringComparison.Ordinal)
            .Replace("{2}", NameOf("the-worker"), StringComparison.Ordinal)
            .Replace("{3}", NameOf("the-partner"), StringComparison.Ordinal));
    }

    public Queue Queue { get; }

    /// <summary>Starts its workers, waits until they are there, then lets all producers begin.</summary>
    public static async Task<MatrixWorld> StartAsync(Combination combination)
    {
        TestWorld world = await TestWorld.CreateAsync(Backend.Redis);
        var matrix = new MatrixWorld(world, await PythonSide.InAsync(world), combination);
        try
        {
            await matrix.StartWorkersAsync();
        }
        catch (Exception exception)
        {
            string log = matrix.Log();
            await matrix.DisposeAsync();
            throw new InvalidOperationException($"{exception.Message}\nThe workers' log:\n{log}", exception);
        }

        foreach (Scenario scenario in combination.Scenarios)
            matrix._producers.Add(scenario.Name, combination.Enqueues == "Python" ? matrix.RunAsync(scenario.InPython!) : scenario.InDotNet(matrix));
        return matrix;
    }

    /// <summary>Waits for the scenario's producer, then lets Python assert.</summary>
    public async Task ProveAsync(Scenario scenario)
    {
        try
        {
            await _producers[scenario.Name];
            await RunAsync(scenario.Proof);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{exception.Message}\nThe workers' log:\n{Log()}", exception);
        }
    }

    /// <summary>What a scenario did that went wrong is its own cell's to say; here its jobs count as they ended.</summary>
    public async Task ProveTotalsAsync()
    {
        await Task.WhenAll(_producers.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await RunAsync(MatrixScenarios.Totals);
    }

    public Task RunAsync(string script) => _python.RunAsync(script);

    public Task HasBegunAsync(string id) =>
        Eventually.BecomesAsync(() => _world.Rq.Database.KeyExistsAsync("shared_tasks:" + id), $"{id} runs");

    public Task OpenAsync(string gate) => _world.Rq.Database.StringSetAsync(gate, 1);

    public async ValueTask DisposeAsync()
    {
        await _python.DisposeAsync();
        foreach (PythonWorker worker in _pythonWorkers)
            worker.Dispose();
        await _world.DisposeAsync();
    }

    // Commands go to a worker's name, whatever the database: each world has names of its own.
    private string NameOf(string worker) => string.Create(CultureInfo.InvariantCulture, $"{worker}-{_world.Rq.Database.Database}");

    private async Task StartWorkersAsync()
    {
        StartWorker(_combination.Runs, NameOf("the-worker"), "default", withScheduler: true);
        if (_combination.CallbacksCross)
            StartWorker(_combination.Runs == "Python" ? ".NET" : "Python", NameOf("the-partner"), CallbackQueue, withScheduler: false);
        int count = _pythonWorkers.Count + _workers.Count;
        await Eventually.BecomesAsync(
            async () =>
            {
                foreach (RunningWorker worker in _workers.Where(worker => worker.Completion.IsCompleted))
                    await worker.Completion;
                if (_pythonWorkers.Exists(worker => worker.HasExited))
                    throw new InvalidOperationException("The Python worker has ended.");
                return (await Worker.AllAsync(_world.Rq)).Count == count;
            },
            "all workers are there");
    }

    private void StartWorker(string runs, string name, string queue, bool withScheduler)
    {
        switch (runs)
        {
            case "Python":
                string[] scheduler = withScheduler ? ["--with-scheduler"] : [], format = _combination.IsJson ? ["-S", "rq.serializers.JSONSerializer"] : [];
                _pythonWorkers.Add(_side.StartWorker([.. scheduler, .. format, "--name", name, queue]));
                break;
            case ".NET":
                _workers.Add(_world.StartWorker([queue], Configure));
                break;
            default:
                string[] handOver = _combination.CallbacksCross ? ["--callback-queue", CallbackQueue] : [];
                _workers.Add(_world.StartWorker([queue], _world.Horses(["--name", name, .. handOver, queue], configure: Configure)));
                break;
        }

        void Configure(WorkerOptions options)
        {
            (options.Name, options.WithScheduler) = (name, withScheduler);
            options.CallbackQueue = _combination.CallbacksCross ? CallbackQueue : null;
        }
    }

    private string Log() => string.Join('\n', [
        .. _pythonWorkers.Select(worker => worker.Output),
        .. _world.LogCollector.GetSnapshot().Select(record => record.Message),
        .. _workers.Select(worker => $"{worker.Completion.Exception}"),
    ]);
}
