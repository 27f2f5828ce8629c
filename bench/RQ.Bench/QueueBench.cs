using System.Globalization;

namespace RQ.Bench;

/// <summary>The measurements that need nothing but a server, each on an empty database, printed as they come.</summary>
internal sealed class QueueBench(RqConnection rq, ServerInfo server, BenchOptions options)
{
    private const int MemoryJobs = 10_000;
    private const int Pings = 300;

    private readonly Workload _work = new(rq, options.Concurrency, options.Keep);

    public async Task RunAsync(TextWriter output)
    {
        await _work.WarmUpAsync();
        await _work.WaitsAsync(30);
        await _work.EmptyAsync();

        await output.WriteLineAsync((await MeasureAsync(_work.EnqueueOneByOneAsync)).Row($"enqueue, {Workload.InFlight} in flight"));
        await _work.EmptyAsync();
        await output.WriteLineAsync((await MeasureAsync(jobs => _work.EnqueueManyAsync(jobs, Workload.Nothing))).Row("enqueue many"));
        await output.WriteLineAsync((await MeasureAsync(_ => _work.DrainAsync())).Row("drain"));
        await _work.EmptyAsync();
        await _work.EnqueueManyAsync(options.Jobs, Workload.NothingAsync);
        await output.WriteLineAsync((await MeasureAsync(_ => _work.DrainAsync())).Row("drain, async method"));
        await _work.EmptyAsync();
        await _work.EnqueueManyAsync(options.Jobs, Workload.Echo);
        await output.WriteLineAsync((await MeasureAsync(_ => _work.DrainAsync())).Row("drain, with a value"));
        await _work.EmptyAsync();

        var waits = new Times(await _work.WaitsAsync(Pings));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"wait                   p50 {waits.Milliseconds(50):F2} ms   p99 {waits.Milliseconds(99):F2} ms"));
        await _work.EmptyAsync();

        await output.WriteLineAsync(await BytesPerJobAsync(MemoryJobs) is { } bytes
            ? string.Create(CultureInfo.InvariantCulture, $"memory                 {bytes:F0} bytes per queued job")
            : "memory                 – (the server does not say)");
        await _work.EmptyAsync();
    }

    private Task<Measured> MeasureAsync(Func<int, Task> work) => Measured.OfAsync(server, options.Jobs, () => work(options.Jobs));

    private async Task<double?> BytesPerJobAsync(int jobs)
    {
        double? before = await server.MemoryAsync();
        await _work.EnqueueManyAsync(jobs, Workload.Nothing);
        return (await server.MemoryAsync() - before) / jobs;
    }
}
