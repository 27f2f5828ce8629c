using RQ.WorkHorses;

namespace RQ.TestSupport;

/// <summary>Workers of a test whose work horses are the <c>rq</c> command with this assembly's jobs.</summary>
public static class HorseWorld
{
    /// <summary>Makes a worker of these queues use work horses.</summary>
    public static Action<WorkerOptions> Horses(this TestWorld world, string[] queues, Isolation isolation = Isolation.WorkHorse, Action<WorkerOptions>? configure = null) => options =>
    {
        options.Isolation = isolation;
        options.TimeoutGrace = TimeSpan.FromSeconds(1);
        options.WorkHorses.Command = new HorseCommand(
            "dotnet", [WorkerProcess.Tool], ["worker", "-u", world.Url, "--assembly", typeof(HorseWorld).Assembly.Location, .. queues]);
        configure?.Invoke(options);
    };

    /// <summary>Starts such a worker of the queue "default".</summary>
    public static RunningWorker StartHorseWorker(this TestWorld world, Isolation isolation = Isolation.WorkHorse, Action<WorkerOptions>? configure = null) =>
        world.StartWorker(["default"], world.Horses(["default"], isolation, configure));

    /// <summary>Runs a burst worker with work horses.</summary>
    public static Task<long> RunHorseBurstAsync(this TestWorld world, Isolation isolation = Isolation.WorkHorse, Action<WorkerOptions>? configure = null) =>
        world.RunBurstAsync(["default"], world.Horses(["default"], isolation, configure));
}
