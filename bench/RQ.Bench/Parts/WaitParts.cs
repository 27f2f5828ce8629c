using System.Diagnostics;

namespace RQ.Bench.Parts;

/// <summary>From before <c>EnqueueAsync</c> to the first line of the job's code, one job at a time, on a worker that has nothing else to do.</summary>
internal static class WaitParts
{
    private const int Pings = 300;
    private const int HorsePings = 20;

    // A .NET process is ready after about 100 ms of CPU, of which the worker and the server use some too.
    private static readonly TimeSpan s_horseIsReady = TimeSpan.FromMilliseconds(700);

    public static async Task<IReadOnlyList<Figure>> InProcessAsync(PartContext context)
    {
        Workload work = context.Workload();
        await work.WarmUpAsync();
        await work.WaitsAsync(Pings);
        await work.EmptyAsync();
        return Figures(await work.WaitsAsync(Pings));
    }

    /// <summary>With a new process for each job, which has been started in advance.</summary>
    public static async Task<IReadOnlyList<Figure>> FreshHorseAsync(PartContext context)
    {
        Workload work = context.Workload(concurrency: 1);
        await using RunningWorker worker = work.RunWorker(Isolation.WorkHorsePerJob);
        var waits = new List<TimeSpan>();
        for (int i = -3; i < HorsePings; i++)
        {
            await Task.Delay(s_horseIsReady);
            Job<double> job = await work.Queue.EnqueueAsync<double>(JobCall.To("RQ.Bench.BenchJobs.Waited", Stopwatch.GetTimestamp()));
            double waited = await job.WaitForResultAsync(TimeSpan.FromSeconds(30));
            if (i >= 0)         // The first ones are a warm-up.
                waits.Add(TimeSpan.FromMilliseconds(waited));
        }

        return Figures(waits);
    }

    private static Figure[] Figures(IEnumerable<TimeSpan> waits)
    {
        var times = new Times(waits);
        return [new Figure("p50", times.Milliseconds(50), "ms"), new Figure("p99", times.Milliseconds(99), "ms")];
    }
}
