namespace RQ.Bench.Parts;

/// <summary>Resident memory of a worker process that has run many jobs and now waits.</summary>
internal static class IdlePart
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(PartContext context)
    {
        Workload work = context.Workload();
        using var worker = WorkerProcesses.Start(context, 1);
        await worker.RegisteredAsync(context.Rq);
        await work.EnqueueManyAsync(context.Options.Jobs, Workload.Nothing);
        await new SteadyDrain(context.Server, work).ReachedAsync(context.Options.Jobs);
        await Task.Delay(s_idle);
        (double now, double most) = worker.Memory();
        return [new Figure("resident", now / 1_000_000, "MB"), new Figure("resident-most", most / 1_000_000, "MB")];
    }
}
