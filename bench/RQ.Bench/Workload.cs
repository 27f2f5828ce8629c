using System.Diagnostics;
using System.Linq.Expressions;

namespace RQ.Bench;

/// <summary>What the benchmark does with jobs that do nothing, in the ways in which users would.</summary>
/// <param name="rq">The connection, to a database of the benchmark's own.</param>
/// <param name="concurrency">How many jobs its workers run at once.</param>
/// <param name="keep">Whether finished jobs and their results stay (500 s, the default) or are deleted at once.</param>
internal sealed class Workload(RqConnection rq, int concurrency, bool keep = true)
{
    /// <summary>The queue of all jobs but those of the waits on three.</summary>
    public const string QueueName = "bench";

    /// <summary>How many callers enqueue at once.</summary>
    public const int InFlight = 64;

    private const int Bite = 50_000;

    private const int WarmUpRounds = 4;
    private const int WarmUpJobs = 10_000;

    // The runtime compiles what has turned out to be used often in the background, a tenth of a second after nothing new is called any more.
    private static readonly TimeSpan s_compiling = TimeSpan.FromMilliseconds(500);

    private static readonly string[] s_threeQueues = [QueueName, "bench-2", "bench-3"];

    private readonly JobOptions _jobOptions = new() { ResultTtl = keep ? null : TimeSpan.Zero };

    public Queue Queue { get; } = new(QueueName, rq);

    public static JobCall Nothing(int number) => JobCall.To("RQ.Bench.BenchJobs.Nothing", number);

    public static JobCall Fail(int number) => JobCall.To("RQ.Bench.BenchJobs.Fail", number);

    public static JobCall NothingAsync(int number) => JobCall.To("RQ.Bench.BenchJobs.NothingAsync", number);

    public static JobCall Echo(int number) => JobCall.To("RQ.Bench.BenchJobs.Echo", number);

    /// <summary>
    /// Some ten thousand jobs and pauses between them, as many as in the driver of the fast peer: what is measured is a process that has been
    /// running for a while. Code is compiled (in .NET three times: at first, then counting what is used, then well), connections are open, scripts are loaded.
    /// </summary>
    public async Task WarmUpAsync()
    {
        for (int round = 0; round < WarmUpRounds; round++)
        {
            await EnqueueOneByOneAsync(WarmUpJobs / 2);
            await EnqueueManyAsync(WarmUpJobs / 2, Nothing);
            await EnqueueManyAsync(WarmUpJobs / 2, Echo);
            await DrainAsync();
            await Task.Delay(s_compiling);
        }

        await EmptyAsync();
    }

    /// <summary>With lambdas, as users write it.</summary>
    public Task EnqueueOneByOneAsync(int jobs) => Task.WhenAll(Enumerable.Range(0, InFlight).Select(async lane =>
    {
        for (int i = lane; i < jobs; i += InFlight)
        {
            int number = i;
            Expression<Action> call = () => BenchJobs.Nothing(number);
            await Queue.EnqueueAsync(call, _jobOptions);
        }
    }));

    /// <param name="jobs">How many; zero or less for none.</param>
    /// <param name="call">What each of them calls.</param>
    /// <param name="options">How; <c>null</c> for the options of all.</param>
    public async Task EnqueueManyAsync(int jobs, Func<int, JobCall> call, JobOptions? options = null)
    {
        // In bites only because the answer lists all jobs.
        for (int begin = 0; begin < jobs; begin += Bite)
            await Queue.EnqueueManyAsync(Enumerable.Range(begin, Math.Min(Bite, jobs - begin)).Select(call), options ?? _jobOptions);
    }

    /// <summary>One worker until the queue is empty; its registration is part of it.</summary>
    public async Task DrainAsync(Isolation isolation = Isolation.None)
    {
        await new Worker([Queue.Name], rq, WorkerOptions(isolation, burst: true)).RunAsync();
        if (await Queue.CountAsync() is var left and > 0)
            throw new InvalidOperationException($"The worker left {left} jobs on the queue.");
    }

    /// <summary>Enqueue to start of the job's code, one job at a time, on a worker of three queues that has nothing else to do.</summary>
    public async Task<TimeSpan[]> WaitsAsync(int count)
    {
        await using RunningWorker worker = RunWorker(s_threeQueues);
        var waits = new TimeSpan[count];
        for (int i = 0; i < count; i++)
        {
            // Long enough for the worker to have settled the job before, and to wait again.
            await Task.Delay(5);
            Task<TimeSpan> ping = BenchJobs.NextPing();
            await Queue.EnqueueAsync(JobCall.To("RQ.Bench.BenchJobs.Ping", Stopwatch.GetTimestamp()), _jobOptions);
            waits[i] = await ping.WaitAsync(TimeSpan.FromSeconds(30));
        }

        return waits;
    }

    /// <summary>Starts a worker of the queue in this process, which runs until it is disposed of.</summary>
    public RunningWorker RunWorker(Isolation isolation = Isolation.None) => RunWorker([Queue.Name], isolation);

    public async Task EmptyAsync() => await rq.Multiplexer.GetDatabase().ExecuteAsync("FLUSHDB");

    /// <summary>What the benchmark's workers have in common.</summary>
    public WorkerOptions WorkerOptions(Isolation isolation = Isolation.None, bool burst = false) => new()
    {
        Concurrency = concurrency,
        Isolation = isolation,
        Burst = burst,
        Functions = new JobFunctions().AddAssembly(typeof(BenchJobs).Assembly),
    };

    private RunningWorker RunWorker(string[] queues, Isolation isolation = Isolation.None) => new(new Worker(queues, rq, WorkerOptions(isolation)));
}
