namespace RQ.Bench.Parts;

/// <summary>One of our measurements that is compared with others: it runs in a process of its own, with a server of its own.</summary>
/// <param name="Name">What <c>--part</c> calls it.</param>
/// <param name="MeasureAsync">Finds its figures.</param>
internal sealed record Part(string Name, Func<PartContext, Task<IReadOnlyList<Figure>>> MeasureAsync)
{
    public static IReadOnlyList<Part> All { get; } =
    [
        new("drain-kept", context => DrainParts.DrainAsync(context, Workload.Echo)),
        new("drain-void", context => DrainParts.DrainAsync(context, Workload.Nothing)),
        new("drain-async", context => DrainParts.DrainAsync(context, Workload.NothingAsync)),
        new("drain-discard", context => DrainParts.DrainAsync(context, Workload.Nothing, keep: false)),
        new("drain-one", context => DrainParts.DrainAsync(context, Workload.Echo, concurrency: 1)),
        new("enqueue", EnqueueParts.OneByOneAsync),
        new("bulk", EnqueueParts.ManyAsync),
        new("memory", EnqueueParts.MemoryAsync),
        new("wait", WaitParts.InProcessAsync),
        new("horse-wait", WaitParts.FreshHorseAsync),
        new("horses", HorseParts.ReusedAsync),
        new("horse-per-job", HorseParts.FreshAsync),
        new("workers", FleetPart.MeasureAsync),
        new("backlog", BacklogPart.MeasureAsync),
        new("idle", IdlePart.MeasureAsync),
    ];

    /// <exception cref="ArgumentException">There is no such part.</exception>
    public static Part Named(string name) => All.FirstOrDefault(part => part.Name == name)
        ?? throw new ArgumentException($"There is no part '{name}'. The parts are {string.Join(", ", All.Select(part => part.Name))}.");
}

/// <summary>What a part works with.</summary>
/// <param name="Rq">The connection.</param>
/// <param name="Url">The server's address, for other processes.</param>
/// <param name="Server">The server's word about itself.</param>
/// <param name="Options">What the command line asks for.</param>
internal sealed record PartContext(RqConnection Rq, string Url, ServerInfo Server, BenchOptions Options)
{
    public Workload Workload(bool keep = true, int? concurrency = null) => new(Rq, concurrency ?? Options.Concurrency, keep);
}
