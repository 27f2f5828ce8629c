namespace RQ.Bench.Parts;

/// <summary>Jobs in processes of their own.</summary>
internal static class HorseParts
{
    private const int Horses = 2;

    /// <summary>Two work horses that are used again: without their start, as the peer is measured too.</summary>
    public static async Task<IReadOnlyList<Figure>> ReusedAsync(PartContext context)
    {
        Workload work = context.Workload(concurrency: Horses);
        await using RunningWorker worker = work.RunWorker(Isolation.WorkHorse);
        var steady = new SteadyDrain(context.Server, work);
        await steady.MeasureAsync(context.Options.Jobs);       // A warm-up.
        return DrainParts.Figures(await steady.MeasureAsync(context.Options.Jobs));
    }

    /// <summary>A new process for each job, one job at a time, as RQ does it: from the worker's start to its end.</summary>
    public static async Task<IReadOnlyList<Figure>> FreshAsync(PartContext context)
    {
        Workload work = context.Workload(concurrency: 1);
        await work.EnqueueManyAsync(context.Options.Jobs, Workload.Nothing);
        return DrainParts.Figures(await Measured.OfAsync(context.Server, context.Options.Jobs, () => work.DrainAsync(Isolation.WorkHorsePerJob)));
    }
}
