namespace RQ.Bench.Parts;

/// <summary>Resident memory of a worker process that has run many jobs and now waits: <c>rq worker</c>, and a program of one's own with .NET's defaults.</summary>
internal static class IdlePart
{
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync(PartContext context)
    {
        (double now, double most) = await MeasureAsync(context, WorkerProcesses.StartTool(context));
        (double ownNow, _) = await MeasureAsync(context, WorkerProcesses.Start(context, 1));
        return [new Figure("resident", now / 1_000_000, "MB"), new Figure("resident-most", most / 1_000_000, "MB"), new Figure("resident-own", ownNow / 1_000_000, "MB")];
    }

    private static async Task<(double Now, double Most)> MeasureAsync(PartContext context, WorkerProcesses process)
    {
        using WorkerProcesses worker = process;
        Workload work = context.Workload();
        await worker.RegisteredAsync(context.Rq);
        long before = await work.Queue.Finished.CountAsync();
        await work.EnqueueManyAsync(context.Options.Jobs, Workload.Nothing);
        await new SteadyDrain(context.Server, work).ReachedAsync(before + context.Options.Jobs);
        await Task.Delay(s_idle);
        return worker.Memory();
    }
}
