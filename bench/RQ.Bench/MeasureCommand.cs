using RQ.Bench.Parts;

namespace RQ.Bench;

/// <summary>Measures this library alone, on one server.</summary>
internal static class MeasureCommand
{
    /// <summary>Where the server is, for work horses: they have this program's command line, which may not say so.</summary>
    private const string UrlVariable = "RQ_BENCH_URL";

    public static async Task<int> RunAsync(string[] arguments)
    {
        BenchOptions options = BenchOptions.Parse(arguments);
        if (WorkHorse.IsThisProcess || options.IsWorker)
            return await RunWorkerAsync(options);

        Part? part = options.Part is { } name ? Part.Named(name) : null;
        using RedisProcess? own = options.Url is null ? await RedisProcess.StartAsync() : null;
        string url = options.Url ?? own!.Url;
        Environment.SetEnvironmentVariable(UrlVariable, url);
        await using RqConnection rq = await RqConnection.ConnectAsync(url, new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true });
        if ((long)await rq.Multiplexer.GetDatabase().ExecuteAsync("DBSIZE") is var keys and > 0)
            throw new InvalidOperationException($"The database holds {keys} keys, and the benchmark deletes everything in it. Name an empty one.");

        var server = new ServerInfo(rq);
        if (part is not null)
        {
            Console.WriteLine($"{part.Name} {string.Join(' ', await part.MeasureAsync(new PartContext(rq, url, server, options)))}");
            return 0;
        }

        string kind = url.StartsWith("embedded:", StringComparison.Ordinal) ? "embedded server, as Redis" : "Redis";
        Console.WriteLine($"machine                {Machine.Describe()}, {kind} {await server.VersionAsync()}");
        if (options.Schedule)
        {
            await new ScheduleBench(rq, options).RunAsync(Console.Out);
            return 0;
        }

        Console.WriteLine($"jobs                   {options.Jobs} no-op jobs with one small argument, concurrency {options.Concurrency}, finished jobs {(options.Keep ? "kept" : "deleted")}");
        await new QueueBench(rq, server, options).RunAsync(Console.Out);
        return 0;
    }

    /// <summary>Until somebody ends the process. A work horse comes here too: it is this program once more, and what it runs its worker tells it.</summary>
    private static async Task<int> RunWorkerAsync(BenchOptions options)
    {
        await using RqConnection rq = await RqConnection.ConnectAsync(options.Url ?? Environment.GetEnvironmentVariable(UrlVariable)!);
        var work = new Workload(rq, options.Concurrency);
        await new Worker([work.Queue.Name], rq, work.WorkerOptions()).RunAsync();
        return 0;
    }
}
