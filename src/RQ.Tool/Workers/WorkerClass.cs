using System.Reflection;

namespace RQ.Tool.Workers;

/// <summary>
/// What <c>--worker-class</c> means. RQ has a class for each way to work; here those are options, so RQ's names stand for options,
/// which others on the command line override. Any other name is a type of the user's that sets the worker up.
/// </summary>
/// <param name="Isolation">Where jobs run.</param>
/// <param name="Strategy">Which queue is looked at first.</param>
/// <param name="ShutdownGrace">How long a stopping worker waits.</param>
/// <param name="Startup">The user's type.</param>
internal sealed record WorkerClass(
    Isolation Isolation = Isolation.WorkHorse, DequeueStrategy Strategy = DequeueStrategy.Default, TimeSpan? ShutdownGrace = null, Type? Startup = null)
{
    private const string Option = "--worker-class";
    private const string Variable = "RQ_WORKER_CLASS";

    // The platform kills 30 s after its signal; jobs get 6 s to notice that it is coming, as in RQ. See JobContext.ShutdownToken.
    private static readonly TimeSpan s_imminentShutdown = TimeSpan.FromSeconds(6);

    /// <param name="given">The option; <c>null</c> when it is left out.</param>
    /// <param name="variable">The variable in the environment, which counts when the option is left out.</param>
    /// <param name="assemblies">Where types of the user's may be.</param>
    /// <exception cref="UsageException">Nothing has that name, or the type does not fit.</exception>
    public static WorkerClass Find(string? given, string? variable, IReadOnlyList<Assembly> assemblies)
    {
        string option = given is null ? Variable : Option;
        string name = given ?? variable ?? "";
        if (name.Length == 0)
            return new WorkerClass();
        if (name.StartsWith("rq.", StringComparison.Ordinal))
        {
            return Rq(name[(name.LastIndexOf('.') + 1)..])
                ?? throw new UsageException($"{option}: RQ has no worker class '{name}'. It has rq.Worker, rq.SimpleWorker, rq.SpawnWorker, rq.worker.RoundRobinWorker, rq.worker.RandomWorker and rq.worker.HerokuWorker.");
        }

        return new WorkerClass(Startup: Own(name, option, assemblies));
    }

    private static WorkerClass? Rq(string name) => name switch
    {
        "Worker" => new(),
        "SimpleWorker" => new(Isolation.None),
        "SpawnWorker" => new(Isolation.WorkHorsePerJob),
        "RoundRobinWorker" => new(Strategy: DequeueStrategy.RoundRobin),
        "RandomWorker" => new(Strategy: DequeueStrategy.Random),
        "HerokuWorker" => new(ShutdownGrace: s_imminentShutdown),
        _ => null,
    };

    private static Type Own(string name, string option, IReadOnlyList<Assembly> assemblies)
    {
        Type type = JobTypes.Find(assemblies, name)
            ?? throw new UsageException(assemblies.Count == 0
                ? $"{option} '{name}' needs the assembly that has it: add --assembly FILE."
                : $"{option}: none of the given assemblies has a type '{name}'. Write Namespace.Type.");
        if (!type.IsAssignableTo(typeof(IWorkerStartup)))
            throw new UsageException($"{option}: '{name}' does not implement RQ.IWorkerStartup.");
        JobTypes.RequireConstructor(type, option);
        return type;
    }
}
