namespace RQ.Bench.Complexity;

/// <summary>Something that the server is asked to do, and what it costs the server.</summary>
/// <param name="Name">What it is.</param>
/// <param name="MeasureAsync">Does it many times; returns the server's CPU for each time, in µs.</param>
internal sealed record Operation(string Name, Func<World, Task<double>> MeasureAsync)
{
    private const int Often = 2_000;
    private const int Seldom = 200;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    public static readonly Operation Enqueue = Of("enqueue", Often, null, (world, _) => world.Queue.EnqueueAsync(Workload.Nothing(1)));

    /// <summary>By one worker with 100 jobs at once.</summary>
    public static readonly Operation TakeAndFinish = new("take and finish", async world =>
    {
        await world.Work.EnqueueManyAsync(2 * Often, Workload.Nothing);
        return Cpu(await world.RunAsync(2 * Often));
    });

    public static readonly Operation CancelQueued = Of("cancel, from the middle of the queue", Seldom, ChooseQueuedAsync, (world, i) => world.Chosen[i].CancelAsync());

    public static readonly Operation DeleteQueued = Of("delete, from the middle of the queue", Seldom, ChooseQueuedAsync, (world, i) => world.Chosen[i].DeleteAsync());

    public static readonly Operation DeleteFinished = Of("delete a finished job", Seldom, world => world.ChooseFinishedAsync(Seldom), (world, i) => world.Chosen[i].DeleteAsync());

    public static readonly Operation Requeue = new("requeue a failed job", async world =>
    {
        await world.ChooseFailedAsync(Seldom);
        double cost = await CpuAsync(world, Seldom, i => world.Chosen[i].RequeueAsync());
        await World.TimesAsync(Seldom, i => world.Chosen[i].DeleteAsync());        // They would only fail again.
        return cost;
    });

    public static readonly Operation Fetch = Of(
        "fetch", Often, async world => world.Chosen = [await world.Queue.EnqueueAsync(Workload.Nothing(1))], (world, _) => world.Chosen[0].RefreshAsync());

    public static readonly Operation Schedule = Of(
        "schedule", Often, null, (world, i) => world.Queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddHours(1 + i * 10.0 / Often), Workload.Nothing(i)));

    public static readonly Operation Reschedule = Of(
        "reschedule", Seldom,
        async world => world.Chosen = [await world.Queue.EnqueueAtAsync(DateTimeOffset.UtcNow.AddHours(5), Workload.Nothing(1))],
        (world, i) => world.Chosen[0].RescheduleAsync(DateTimeOffset.UtcNow.AddHours(1 + i * 10.0 / Seldom)));

    /// <summary>A scheduler, from before they are due until all are on their queue.</summary>
    public static readonly Operation Promote = new("promote a due job", async world =>
    {
        long later = await world.Queue.Scheduled.CountAsync();
        await world.Work.EnqueueManyAsync(Often, Workload.Nothing, new JobOptions { DueAt = DateTimeOffset.UtcNow.AddSeconds(4) });
        using var stop = new CancellationTokenSource();
        Task scheduling = Task.CompletedTask;
        Measured measured = await Measured.OfAsync(world.Server, Often, async () =>
        {
            scheduling = new Scheduler([world.Queue.Name], world.Rq, new SchedulerOptions { RunsCron = false }).RunAsync(stop.Token);
            while (await world.Queue.Scheduled.CountAsync() > later)
                await Task.Delay(20);
        });
        await stop.CancelAsync();
        await scheduling;
        return Cpu(measured);
    });

    public static readonly Operation Count = Of("count a registry", Often, null, (world, _) => world.Queue.Finished.CountAsync());

    public static readonly Operation FirstPage = Of("page of a registry, 50 jobs, the first", Seldom, null, (world, _) => world.Queue.Finished.GetJobsAsync(0, 50));

    public static readonly Operation MiddlePage = Of("page of a registry, 50 jobs, from the middle", Seldom, null, async (world, _) =>
        await world.Queue.Finished.GetJobsAsync((int)(await world.Queue.Finished.CountAsync() / 2), 50));

    public static readonly Operation CountWorkers = Of("count the workers", Often, null, (world, _) => Worker.CountAsync(world.Rq));

    /// <summary>Lease, heartbeat and maintenance of a worker that has nothing to do.</summary>
    public static readonly Operation IdleSecond = new("an idle worker, per second", async world =>
    {
        await using RunningWorker worker = world.Work.RunWorker();
        await world.SettledAsync();
        return Cpu(await Measured.OfAsync(world.Server, (long)s_idle.TotalSeconds, () => Task.Delay(s_idle)));
    });

    public static readonly Operation AddDependent = Of("enqueue one more dependent", Often, null, (world, i) => world.Queue.EnqueueAsync(Workload.Nothing(i), DependsOnParent(world)));

    public static readonly Operation CancelDependent = Of(
        "cancel a dependent", Seldom,
        async world => world.Chosen = await world.Queue.EnqueueManyAsync(Enumerable.Range(0, Seldom).Select(Workload.Nothing), DependsOnParent(world)),
        (world, i) => world.Chosen[i].CancelAsync());

    /// <summary>Ends the parent and releases all that wait for it. What follows has no dependents any more.</summary>
    public static readonly Operation Release = new("finish the parent, per dependent", async world =>
    {
        long dependents = await world.Queue.Deferred.CountAsync();
        Measured measured = await Measured.OfAsync(world.Server, dependents, async () =>
        {
            await new Worker([Axis.ParentsQueue], world.Rq, new WorkerOptions { Burst = true, Functions = world.Work.WorkerOptions().Functions }).RunAsync();
            while (await world.Queue.Deferred.CountAsync() > 0)
                await Task.Delay(20);
        });
        return Cpu(measured);
    });

    public static JobOptions DependsOnParent(World world) => new() { DependsOn = Dependency.Create([world.Parent!]) };

    private static Task ChooseQueuedAsync(World world) => world.ChooseFromTheMiddleAsync(Seldom);

    private static Operation Of(string name, int count, Func<World, Task>? prepare, Func<World, int, Task> work) => new(name, async world =>
    {
        if (prepare is not null)
            await prepare(world);
        return await CpuAsync(world, count, i => work(world, i));
    });

    private static async Task<double> CpuAsync(World world, int count, Func<int, Task> work) =>
        Cpu(await Measured.OfAsync(world.Server, count, () => World.TimesAsync(count, work)));

    private static double Cpu(Measured measured) => measured.ServerCpuPerJob ?? throw new InvalidOperationException("The server does not say how much CPU it uses.");
}
