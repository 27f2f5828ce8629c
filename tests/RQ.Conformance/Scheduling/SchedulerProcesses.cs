using RQ.TestSupport;

namespace RQ.Conformance.Scheduling;

/// <summary>Several processes with schedulers of one queue.</summary>
/// <param name="world">Where the queue is.</param>
/// <param name="mode">What they are; see the program RQ.Scheduler.TestHost.</param>
/// <param name="queue">The queue.</param>
internal sealed class SchedulerProcesses(TestWorld world, string mode, string queue) : IAsyncDisposable
{
    private readonly List<WorkerProcess> _all = [];

    private IReadOnlyList<WorkerProcess> Living => [.. _all.Where(process => !process.HasExited)];

    /// <summary>Starts some more.</summary>
    public async Task StartAsync(int count) =>
        _all.AddRange(await Task.WhenAll(Enumerable.Range(0, count).Select(_ => WorkerProcess.StartSchedulerAsync(mode, world.Url, queue))));

    /// <summary>The name that holds the lock, as soon as there is one.</summary>
    public Task<string> OwnerAsync() => Eventually.GivesAsync(() => ScheduleOf.OwnerAsync(world, queue), "somebody holds the lock");

    /// <summary>The process that holds the lock, as soon as a living one does.</summary>
    public Task<WorkerProcess> HolderAsync() => Eventually.GivesAsync(
        async () =>
        {
            int? pid = (await world.Queue(queue).FindSchedulerAsync())?.ProcessId;
            return Living.FirstOrDefault(process => process.Id == pid);
        },
        "a living scheduler holds the lock");

    /// <summary>The process that runs the cron schedules, as soon as a living one does.</summary>
    public Task<WorkerProcess> CronHolderAsync() => Eventually.GivesAsync(
        async () =>
        {
            string? owner = await world.Rq.Database.StringGetAsync(world.Rq.Keys.CronLock);
            int? pid = owner is null ? null : (await Scheduler.FindAsync(world.Rq, owner))?.ProcessId;
            return Living.FirstOrDefault(process => process.Id == pid);
        },
        "a living scheduler runs the cron schedules");

    public WorkerProcess Any(Random random) => Living[random.Next(Living.Count)];

    /// <summary>Stops them all in an orderly way, but for one.</summary>
    public async Task StopAllButAsync(WorkerProcess stays)
    {
        foreach (WorkerProcess process in Living.Where(process => process != stays))
        {
            process.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
            await process.ExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (WorkerProcess process in _all)
            await process.DisposeAsync();
    }
}
