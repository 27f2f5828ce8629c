using System.Runtime.InteropServices;
using RQ;
using RQ.Bench;
using StackExchange.Redis;

try
{
    BenchOptions options = BenchOptions.Parse(args);
    using RedisProcess? own = options.Url is null ? await RedisProcess.StartAsync() : null;
    await using RqConnection rq = await RqConnection.ConnectAsync(
        options.Url ?? own!.Url, new RqConnectionOptions { Configure = configuration => configuration.AllowAdmin = true });
    if ((long)await rq.Multiplexer.GetDatabase().ExecuteAsync("DBSIZE") is var keys and > 0)
        throw new InvalidOperationException($"The database holds {keys} keys, and the benchmark deletes everything in it. Name an empty one.");

    var server = new ServerInfo(rq);
    Console.WriteLine($"machine                {await DescribeMachineAsync(server, options.Url)}");
    if (options.Schedule)
    {
        await new ScheduleBench(rq, options).RunAsync(Console.Out);
        return 0;
    }

    Console.WriteLine($"jobs                   {options.Jobs} no-op jobs with one small argument, concurrency {options.Concurrency}, finished jobs {(options.Keep ? "kept" : "deleted")}");
    var bench = new QueueBench(rq, server, options);
    await bench.WarmUpAsync();
    await bench.RunAsync(Console.Out);
    return 0;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n{BenchOptions.Usage}");
    return 2;
}
catch (Exception exception) when (exception is InvalidOperationException or RedisConnectionException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static async Task<string> DescribeMachineAsync(ServerInfo server, string? url)
{
    string kind = url is not null && url.StartsWith("embedded:", StringComparison.Ordinal) ? "embedded server, as Redis" : "Redis";
    string load = File.Exists("/proc/loadavg") ? $", load {(await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0]}" : "";
    return $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {kind} {await server.VersionAsync()}{load}";
}
