namespace RQ.Bench.Parts;

/// <summary>The same work on a queue that is nearly empty, and on ones that are very full.</summary>
internal static class BacklogPart
{
    private const int Repeats = 5;

    /// <summary>How many jobs are on the queue: few, <see cref="BenchOptions.Backlog"/>, three times as many.</summary>
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(PartContext context)
    {
        Workload work = context.Workload();
        await work.WarmUpAsync();
        var figures = new List<Figure>();
        foreach ((string name, int size) in ((string, int)[])[("few", 10_000), ("many", context.Options.Backlog), ("most", 3 * context.Options.Backlog)])
        {
            var enqueue = new List<double>();
            var drain = new List<Measured>();
            for (int i = 0; i < Repeats; i++)
            {
                await work.EnqueueManyAsync(size - (int)await work.Queue.CountAsync(), Workload.Nothing);
                enqueue.Add((await Measured.OfAsync(context.Server, context.Options.Jobs, () => work.EnqueueOneByOneAsync(context.Options.Jobs))).JobsPerSecond);
                drain.Add(await DrainSomeAsync(context, work));
            }

            figures.AddRange([new Figure($"enqueue-{name}", Median.Of(enqueue), "/s"), new Figure($"drain-{name}", Median.Of(drain.Select(one => one.JobsPerSecond)), "/s")]);
            if (drain.TrueForAll(one => one.ServerCpu is not null))
                figures.Add(new Figure($"drain-server-{name}", Median.Of(drain.Select(one => one.ServerCpuPerJob!.Value)), "us"));
        }

        return figures;
    }

    /// <summary>A worker that ends after so many jobs: as many as have just been enqueued onto the others.</summary>
    private static Task<Measured> DrainSomeAsync(PartContext context, Workload work)
    {
        WorkerOptions options = work.WorkerOptions();
        options.MaxJobs = context.Options.Jobs;
        return Measured.OfAsync(context.Server, context.Options.Jobs, async () =>
        {
            long ran = await new Worker([work.Queue.Name], context.Rq, options).RunAsync();
            if (ran != context.Options.Jobs)
                throw new InvalidOperationException($"The worker ran {ran} jobs instead of {context.Options.Jobs}.");
        });
    }
}
