using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace RQ.Bench;

/// <summary>How late scheduled jobs begin, and what a great many at one moment do to the server.</summary>
internal sealed class ScheduleBench(RqConnection rq, BenchOptions options)
{
    private static readonly TimeSpan s_span = TimeSpan.FromSeconds(20);

    private readonly Queue _queue = new("bench", rq);

    // Keys of the default prefix, as Python writes them.
    private readonly RedisKey _schedule = "rq:scheduled:bench";

    private IDatabase Database => rq.Multiplexer.GetDatabase();

    public async Task RunAsync(TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        Task working = NewWorker().RunAsync(stop.Token);
        await LatenessAsync(100, TimeSpan.FromSeconds(3), EnqueueAsync);         // A warm-up.

        await output.WriteLineAsync($"due                    {options.Due} jobs at random moments of {s_span.TotalSeconds} s, concurrency {options.Concurrency}, one worker with a scheduler");
        await TellLatenessAsync(output, "");
        await ScheduleLaterAsync();
        GC.Collect();
        await TellLatenessAsync(output, $", {options.Later} more later");
        await stop.CancelAsync();
        await working;
        await Database.ExecuteAsync("FLUSHDB");

        await TellStressAsync(output);
        await Database.ExecuteAsync("FLUSHDB");
    }

    private async Task TellLatenessAsync(TextWriter output, string condition)
    {
        foreach ((string name, Func<DateTimeOffset, Task> schedule) in ((string, Func<DateTimeOffset, Task>)[])[("by .NET", EnqueueAsync), ("as Python does, whole seconds", EnqueueAsPythonAsync)])
        {
            Lateness? late = null;
            TimeSpan? ping = await LongestPingAsync(async () => late = await LatenessAsync(options.Due, s_span, schedule));
            await output.WriteLineAsync($"{late!.Row(name + condition)}   longest ping meanwhile {Text(ping)}");
            foreach (string line in late.Histogram())
                await output.WriteLineAsync(line);
        }
    }

    /// <summary>Schedules jobs for random moments of the span ahead, and waits until all have run.</summary>
    private async Task<Lateness> LatenessAsync(int jobs, TimeSpan span, Func<DateTimeOffset, Task> schedule)
    {
        BenchJobs.TakeLate();
        var random = new Random(1);
        DateTimeOffset begin = DateTimeOffset.UtcNow.AddSeconds(3);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, jobs).Select(_ => begin + random.NextDouble() * span).ToArray(), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (due, _) => await schedule(due));
        if (DateTimeOffset.UtcNow > begin)
            throw new InvalidOperationException("Scheduling the jobs took longer than the time before the first of them. Use fewer: --due N.");
        for (DateTimeOffset limit = begin + span + TimeSpan.FromMinutes(2); BenchJobs.LateCount < jobs;)
        {
            if (DateTimeOffset.UtcNow > limit)
                throw new InvalidOperationException($"{jobs - BenchJobs.LateCount} of {jobs} scheduled jobs have not run.");
            await Task.Delay(50);
        }

        return new Lateness(BenchJobs.TakeLate());
    }

    private Task EnqueueAsync(DateTimeOffset due) => _queue.EnqueueAtAsync(due, Late(due));

    // Python writes whole seconds, and tells no scheduler of it: the entry is moved to its place behind the scheduler's back.
    private async Task EnqueueAsPythonAsync(DateTimeOffset due)
    {
        DateTimeOffset whole = DateTimeOffset.FromUnixTimeSeconds(due.ToUnixTimeSeconds());
        Job job = await _queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddDays(1), Late(whole));
        await Database.SortedSetAddAsync(_schedule, job.Id, whole.ToUnixTimeSeconds());
    }

    private async Task ScheduleLaterAsync()
    {
        var random = new Random(2);
        await _queue.EnqueueManyAsync(Enumerable.Range(0, options.Later).Select(number =>
            new JobRequest(JobCall.To("RQ.Bench.BenchJobs.Nothing", number), new JobOptions { DueAt = DateTimeOffset.UtcNow.AddHours(1 + random.NextDouble() * 24) })));
    }

    /// <summary>Everything due at one moment: how long until the last is on its queue, and how long the server let others wait meanwhile.</summary>
    private async Task TellStressAsync(TextWriter output)
    {
        TimeSpan? quiet = await LongestPingAsync(() => Task.Delay(TimeSpan.FromSeconds(2)));
        DateTimeOffset due = DateTimeOffset.UtcNow.AddSeconds(5 + options.Later / 5_000);
        await _queue.EnqueueManyAsync(Enumerable.Range(0, options.Later).Select(number => JobCall.To("RQ.Bench.BenchJobs.Nothing", number)), new JobOptions { DueAt = due });
        if (DateTimeOffset.UtcNow > due.AddSeconds(-2))
            throw new InvalidOperationException("Scheduling the jobs took longer than the time before they are due. Use fewer: --later N.");
        using var stop = new CancellationTokenSource();
        Task scheduling = new Scheduler([_queue.Name], rq, new SchedulerOptions { RunsCron = false }).RunAsync(stop.Token);
        await Task.Delay(due.AddSeconds(-0.5) - DateTimeOffset.UtcNow);
        TimeSpan took = default;
        TimeSpan? busy = await LongestPingAsync(async () =>
        {
            long begin = Stopwatch.GetTimestamp();
            while (await Database.SortedSetLengthAsync(_schedule) > 0)
                await Task.Delay(10);
            took = Stopwatch.GetElapsedTime(begin) - TimeSpan.FromSeconds(0.5);
        });
        await stop.CancelAsync();
        await scheduling;
        if (await _queue.CountAsync() is var count && count != options.Later)
            throw new InvalidOperationException($"{count} of {options.Later} jobs are on the queue.");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Later} due at once   on their queue after {took.TotalSeconds:F2} s ({options.Later / took.TotalSeconds:F0} jobs/s)   longest ping meanwhile {Text(busy)}, before {Text(quiet)}"));
    }

    private async Task<TimeSpan?> LongestPingAsync(Func<Task> work)
    {
        using PingLoop? pings = PingLoop.Start(rq);
        await work();
        return pings?.Stop();
    }

    private static string Text(TimeSpan? time) => time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalMilliseconds:F1} ms") : "–";

    private static JobCall Late(DateTimeOffset due) => JobCall.To("RQ.Bench.BenchJobs.Late", due.UtcTicks);

    private Worker NewWorker() => new([_queue.Name], rq, new WorkerOptions
    {
        Concurrency = options.Concurrency,
        WithScheduler = true,
        Functions = new JobFunctions().AddAssembly(typeof(BenchJobs).Assembly),
    });
}
