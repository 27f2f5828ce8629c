using System.Diagnostics;
using System.Globalization;
using System.Linq.Expressions;

namespace RQ.Bench;

/// <summary>The measurements, each on an empty database.</summary>
internal sealed class QueueBench(RqConnection rq, ServerInfo server, BenchOptions options)
{
    private const int InFlight = 64;
    private const int MemoryJobs = 10_000;
    private const int Pings = 300;

    private readonly Queue _queue = new("bench", rq);
    private readonly JobOptions _jobOptions = new() { ResultTtl = options.Keep ? null : TimeSpan.Zero };

    /// <summary>Everything once, in small: code is compiled, connections are open, scripts are loaded.</summary>
    public async Task WarmUpAsync()
    {
        for (int round = 0; round < 3; round++)
        {
            await EnqueueOneByOneAsync(3_000);
            await EnqueueManyAsync(3_000, NothingAsync);
            await DrainAsync();
        }

        await WaitsAsync(30);
        await EmptyAsync();
    }

    public async Task RunAsync(TextWriter output)
    {
        await output.WriteLineAsync((await MeasureAsync(EnqueueOneByOneAsync)).Row($"enqueue, {InFlight} in flight"));
        await EmptyAsync();
        await output.WriteLineAsync((await MeasureAsync(jobs => EnqueueManyAsync(jobs, Nothing))).Row("enqueue many"));
        await output.WriteLineAsync((await MeasureAsync(_ => DrainAsync())).Row("drain"));
        await EmptyAsync();
        await EnqueueManyAsync(options.Jobs, NothingAsync);
        await output.WriteLineAsync((await MeasureAsync(_ => DrainAsync())).Row("drain, async method"));
        await EmptyAsync();

        TimeSpan[] waits = await WaitsAsync(Pings);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"wait                   p50 {Percentile(waits, 50):F2} ms   p99 {Percentile(waits, 99):F2} ms"));
        await EmptyAsync();

        await output.WriteLineAsync(await BytesPerJobAsync() is { } bytes
            ? string.Create(CultureInfo.InvariantCulture, $"memory                 {bytes:F0} bytes per queued job")
            : "memory                 – (the server does not say)");
        await EmptyAsync();
    }

    private static JobCall Nothing(int number) => JobCall.To("RQ.Bench.BenchJobs.Nothing", number);

    private static JobCall NothingAsync(int number) => JobCall.To("RQ.Bench.BenchJobs.NothingAsync", number);

    private Task<Measured> MeasureAsync(Func<int, Task> work) => Measured.OfAsync(server, options.Jobs, () => work(options.Jobs));

    // With lambdas, as users write it.
    private Task EnqueueOneByOneAsync(int jobs) => Task.WhenAll(Enumerable.Range(0, InFlight).Select(async lane =>
    {
        for (int i = lane; i < jobs; i += InFlight)
        {
            int number = i;
            Expression<Action> call = () => BenchJobs.Nothing(number);
            await _queue.EnqueueAsync(call, _jobOptions);
        }
    }));

    private async Task EnqueueManyAsync(int jobs, Func<int, JobCall> call) =>
        await _queue.EnqueueManyAsync(Enumerable.Range(0, jobs).Select(call), _jobOptions);

    /// <summary>One worker until the queue is empty; its registration is part of it.</summary>
    private async Task DrainAsync()
    {
        await NewWorker(burst: true).RunAsync();
        if (await _queue.CountAsync() is var left and > 0)
            throw new InvalidOperationException($"The worker left {left} jobs on the queue.");
    }

    /// <summary>Enqueue to start of the job's code, one job at a time, on a worker that has nothing else to do.</summary>
    private async Task<TimeSpan[]> WaitsAsync(int count)
    {
        using var stop = new CancellationTokenSource();
        Task working = NewWorker(burst: false).RunAsync(stop.Token);
        var waits = new TimeSpan[count];
        for (int i = 0; i < count; i++)
        {
            // Long enough for the worker to have settled the job before, and to wait again.
            await Task.Delay(5);
            Task<TimeSpan> ping = BenchJobs.NextPing();
            await _queue.EnqueueAsync(JobCall.To("RQ.Bench.BenchJobs.Ping", Stopwatch.GetTimestamp()), _jobOptions);
            waits[i] = await ping.WaitAsync(TimeSpan.FromSeconds(30));
        }

        await stop.CancelAsync();
        await working;
        return waits;
    }

    private async Task<double?> BytesPerJobAsync()
    {
        double? before = await server.MemoryAsync();
        await EnqueueManyAsync(MemoryJobs, Nothing);
        return (await server.MemoryAsync() - before) / MemoryJobs;
    }

    private Worker NewWorker(bool burst) => new([_queue.Name], rq, new WorkerOptions
    {
        Concurrency = options.Concurrency,
        Burst = burst,
        Functions = new JobFunctions().AddAssembly(typeof(BenchJobs).Assembly),
    });

    private async Task EmptyAsync() => await rq.Multiplexer.GetDatabase().ExecuteAsync("FLUSHDB");

    private static double Percentile(TimeSpan[] times, int percent) =>
        times.Order().ElementAt((times.Length - 1) * percent / 100).TotalMilliseconds;
}
