namespace RQ.Bench.Parts;

/// <summary>A queue full of jobs, and one worker in this process that takes, runs and settles them all, from its registration to its end.</summary>
internal static class DrainParts
{
    public static async Task<IReadOnlyList<Figure>> DrainAsync(PartContext context, Func<int, JobCall> call, bool keep = true, int? concurrency = null)
    {
        Workload work = context.Workload(keep, concurrency);
        await work.WarmUpAsync();
        await work.EnqueueManyAsync(context.Options.Jobs, call);
        return Figures(await Measured.OfAsync(context.Server, context.Options.Jobs, () => work.DrainAsync()));
    }

    /// <summary>A rate, and what it cost.</summary>
    public static IReadOnlyList<Figure> Figures(Measured measured)
    {
        List<Figure> figures = [new("rate", measured.JobsPerSecond, "/s"), new("own", measured.OwnCpuPerJob, "us")];
        if (measured.ServerCpuPerJob is { } server)
            figures.AddRange([new("server", server, "us"), new("own-to-server", measured.OwnCpuPerJob / server)]);
        if (measured.ScriptsPerJob is { } scripts)
            figures.Add(new Figure("scripts", scripts));
        figures.Add(new Figure("compiling", measured.Compiling.TotalMilliseconds, "ms"));
        return figures;
    }
}
