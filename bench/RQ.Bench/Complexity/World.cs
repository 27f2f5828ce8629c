using RQ.Bench.Parts;
using StackExchange.Redis;

namespace RQ.Bench.Complexity;

/// <summary>A database that holds a great many of one thing, and what is done in it.</summary>
internal sealed class World(RqConnection rq, ServerInfo server)
{
    private const int InFlight = 16;
    private const int Concurrency = 100;

    // What a worker does when it starts, such as looking for deferred jobs whose time is over, is not part of any job. It takes as long as it takes.
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private const int MostLooks = 240;

    public RqConnection Rq { get; } = rq;

    public ServerInfo Server { get; } = server;

    public Workload Work { get; } = new(rq, Concurrency);

    public Queue Queue => Work.Queue;

    public IDatabase Database => Rq.Multiplexer.GetDatabase();

    /// <summary>The job that others wait for.</summary>
    public Job? Parent { get; set; }

    /// <summary>What an operation is about to be done to.</summary>
    public IReadOnlyList<Job> Chosen { get; set; } = [];

    /// <summary>Keeps what is in the world there for as long as it is looked at.</summary>
    public static JobOptions Kept { get; } = new() { ResultTtl = TimeSpan.FromDays(1) };

    /// <summary>Does something so many times, some of them at once.</summary>
    public static Task TimesAsync(int count, Func<int, Task> work) => Task.WhenAll(Enumerable.Range(0, InFlight).Select(async lane =>
    {
        for (int i = lane; i < count; i += InFlight)
            await work(i);
    }));

    /// <summary>Chooses queued jobs from the middle of the queue.</summary>
    public async Task ChooseFromTheMiddleAsync(int count)
    {
        long length = await Queue.CountAsync();
        IReadOnlyList<string> ids = await Queue.GetJobIdsAsync((int)Math.Max((length - count) / 2, 0), count);
        Chosen = [.. (await Job.FetchManyAsync(ids, Rq)).OfType<Job>()];
        if (Chosen.Count != count)
            throw new InvalidOperationException($"The queue has only {Chosen.Count} of {count} jobs.");
    }

    /// <summary>Runs so many jobs from the head of the queue, by a worker that has settled before.</summary>
    /// <returns>What most of them took.</returns>
    public async Task<Measured> RunAsync(int jobs)
    {
        await Queue.PauseAsync();
        WorkerOptions options = Work.WorkerOptions();
        options.MaxJobs = jobs;
        Task<long> running = new Worker([Queue.Name], Rq, options).RunAsync();
        await SettledAsync();
        long before = await Queue.Finished.CountAsync();
        await Queue.ResumeAsync();
        Measured measured = await new SteadyDrain(Server, Work).WatchAsync(before, jobs);
        await running;
        return measured;
    }

    /// <summary>Waits until the server has nothing to do but the pulse of an idle worker: two times in a row less than a fiftieth of a processor.</summary>
    public async Task SettledAsync()
    {
        int quiet = -1;         // The worker has hardly begun at the first look.
        for (int looks = 0; quiet < 2 && looks < MostLooks; looks++)
        {
            Measured look = await Measured.OfAsync(Server, 1, () => Task.Delay(s_look));
            quiet = look.ServerCpu < s_look / 50 ? quiet + 1 : Math.Min(quiet, 0);
        }
    }

    /// <summary>Makes failed jobs and chooses them.</summary>
    public async Task ChooseFailedAsync(int count)
    {
        Chosen = await Queue.EnqueueManyAsync(Enumerable.Range(0, count).Select(Workload.Fail), new JobOptions { AtFront = true });
        WorkerOptions options = Work.WorkerOptions();
        options.MaxJobs = count;
        await new Worker([Queue.Name], Rq, options).RunAsync();
    }

    /// <summary>Makes queued jobs that are taken next, and chooses them.</summary>
    public async Task ChooseFinishedAsync(int count)
    {
        Chosen = await Queue.EnqueueManyAsync(Enumerable.Range(0, count).Select(Workload.Nothing), new JobOptions { AtFront = true });
        WorkerOptions options = Work.WorkerOptions();
        options.MaxJobs = count;
        await new Worker([Queue.Name], Rq, options).RunAsync();
    }
}
