namespace RQ.Bench.Parts;

/// <summary>One worker process against ten, on the same queue.</summary>
internal static class FleetPart
{
    private const int Many = 10;

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(PartContext context) =>
        [.. await RunAsync(context, 1), .. await RunAsync(context, Many)];

    private static async Task<IReadOnlyList<Figure>> RunAsync(PartContext context, int count)
    {
        Workload work = context.Workload();
        await work.EmptyAsync();
        using var workers = WorkerProcesses.Start(context, count);
        await workers.RegisteredAsync(context.Rq);
        var steady = new SteadyDrain(context.Server, work);
        await steady.MeasureAsync(context.Options.Jobs);        // A warm-up: each of the processes compiles its code.
        Measured measured = await steady.MeasureAsync(context.Options.Jobs);
        double server = measured.ServerCpuPerJob ?? throw new InvalidOperationException("The server does not say how much CPU it uses.");
        return [new Figure($"rate-{count}", measured.JobsPerSecond, "/s"), new Figure($"server-{count}", server, "us")];
    }
}
