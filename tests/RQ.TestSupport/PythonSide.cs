using System.Diagnostics;

namespace RQ.TestSupport;

/// <summary>
/// Python RQ 1.13, as Debian packages it (<c>apt-get install python3-rq</c>), at work in the database of a
/// <see cref="TestWorld"/>. Where it is not installed a test is skipped, or fails when CI=true.
/// </summary>
public sealed class PythonSide
{
    // What every script begins with.
    private const string Preamble = """
        import json, os, sys
        from datetime import datetime, timedelta, timezone
        from redis import Redis
        from rq import Queue, Retry, Worker
        from rq.job import Dependency, Job
        from rq.registry import *
        from rq.serializers import JSONSerializer
        redis = Redis.from_url(os.environ['RQ_REDIS_URL'])
        def queue(name='default', **options): return Queue(name, connection=redis, **options)
        def fetch(id, **options): return Job.fetch(id, connection=redis, **options)

        """;

    // For scripts that wait for what others do.
    private const string Patience = """
        import time
        from rq.command import send_kill_horse_command, send_shutdown_command, send_stop_job_command
        def until(condition, what='it is so', limit=180):
            end = time.monotonic() + limit
            while not condition():
                assert time.monotonic() < end, 'Within %s s it did not come true that %s' % (limit, what)
                time.sleep(0.02)
        def status(id): return (redis.hget('rq:job:' + id, 'status') or b'gone').decode()
        def until_is(id, wanted): until(lambda: status(id) == wanted, '%s is %s' % (id, wanted))

        """;

    private static readonly Lazy<Task<bool>> s_isInstalled = new(IsInstalledAsync);

    private readonly string _url;
    private readonly string _modules;

    private PythonSide(string url, string modules)
    {
        _url = url;
        _modules = modules;
    }

    /// <param name="world">Its database is used.</param>
    /// <param name="modules">A directory of modules, below the tests' own; scripts and workers can import what is in it.</param>
    public static async Task<PythonSide> InAsync(TestWorld world, string modules = "PythonRq") =>
        await s_isInstalled.Value
            ? new PythonSide(world.Url, Path.Combine(AppContext.BaseDirectory, modules))
            : throw Python.Missing("Python RQ (apt-get install python3-rq)");

    /// <summary>
    /// The standard output of a script, which finds <c>redis</c>, <c>queue()</c>, <c>fetch(id)</c> and RQ's names ready.
    /// </summary>
    /// <exception cref="InvalidOperationException">The script failed; so an <c>assert</c> in it fails the test.</exception>
    public Task<string> RunAsync(string script) => Python.RunAsync(["-c", Preamble + script], "", Configure, CancellationToken.None);

    /// <summary>The output of a script in the directory of modules.</summary>
    public Task<string> FileAsync(string file, params string[] arguments) =>
        Python.RunAsync([Path.Combine(_modules, file), .. arguments], "", Configure, CancellationToken.None);

    /// <summary>The output of the command <c>rq</c>.</summary>
    public Task<string> CommandAsync(params string[] arguments) =>
        Python.RunAsync(["-m", "rq.cli", .. arguments], "", Configure, CancellationToken.None);

    /// <summary>Runs a burst worker to its end.</summary>
    public Task WorkAsync(params string[] queues) => CommandAsync(["worker", "--burst", .. queues]);

    /// <summary>Starts a worker that goes on until it is disposed of.</summary>
    public PythonWorker StartWorker(params string[] queues)
    {
        var start = new ProcessStartInfo(Python.Path, ["-m", "rq.cli", "worker", .. queues]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Configure(start);
        return new PythonWorker(Process.Start(start)!);
    }

    /// <summary>Starts one process that runs any number of scripts, until it is disposed of: a script takes no start of Python.</summary>
    /// <param name="names">A script whose names all others find.</param>
    public PythonSession StartSession(string names = "")
    {
        var start = new ProcessStartInfo(Python.Path, ["-c", Preamble + Patience + names + PythonSession.Driver])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Configure(start);
        return new PythonSession(Process.Start(start)!);
    }

    private static async Task<bool> IsInstalledAsync()
    {
        try
        {
            await Python.RunAsync("import rq.cli", "", CancellationToken.None);
            return true;
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("ModuleNotFoundError", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private void Configure(ProcessStartInfo start)
    {
        start.Environment["RQ_REDIS_URL"] = _url;
        start.Environment["PYTHONPATH"] = _modules;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["PYTHONUTF8"] = "1";
        start.Environment["PYTHONWARNINGS"] = "ignore";
    }
}
