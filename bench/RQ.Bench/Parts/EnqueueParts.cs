namespace RQ.Bench.Parts;

/// <summary>What it takes to get jobs onto a queue, and to keep them there.</summary>
internal static class EnqueueParts
{
    public static async Task<IReadOnlyList<Figure>> OneByOneAsync(PartContext context)
    {
        Workload work = context.Workload();
        await work.WarmUpAsync();
        return DrainParts.Figures(await Measured.OfAsync(context.Server, context.Options.Jobs, () => work.EnqueueOneByOneAsync(context.Options.Jobs)));
    }

    public static async Task<IReadOnlyList<Figure>> ManyAsync(PartContext context)
    {
        Workload work = context.Workload();
        await work.WarmUpAsync();
        return DrainParts.Figures(await Measured.OfAsync(context.Server, context.Options.Jobs, () => work.EnqueueManyAsync(context.Options.Jobs, Workload.Nothing)));
    }

    /// <summary>The growth of the server's <c>used_memory</c>, over all keys, by jobs with one small argument.</summary>
    public static async Task<IReadOnlyList<Figure>> MemoryAsync(PartContext context)
    {
        Workload work = context.Workload();
        await work.EnqueueManyAsync(100, Workload.Nothing);        // What the server keeps of the scripts is no job's.
        await work.EmptyAsync();
        double before = await context.Server.MemoryAsync() ?? throw new InvalidOperationException("The server does not say how much memory it uses.");
        await work.EnqueueManyAsync(context.Options.Jobs, Workload.Nothing);
        double after = await context.Server.MemoryAsync() ?? before;
        return [new Figure("bytes", (after - before) / context.Options.Jobs, "B")];
    }
}
