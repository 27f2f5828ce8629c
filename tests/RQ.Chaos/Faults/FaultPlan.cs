using RQ.Chaos.Cast;

namespace RQ.Chaos.Faults;

/// <summary>One fault to come.</summary>
/// <param name="At">When, from the start.</param>
/// <param name="Kind">What.</param>
/// <param name="Seed">Of all that is left to chance: whom, for how long.</param>
internal sealed record PlannedFault(TimeSpan At, FaultKind Kind, int Seed);

/// <summary>
/// Which faults strike, and when: drawn from a seed, by their shares, each kind at least once when there are enough. Those that take something
/// acknowledged from a server that is not durable come in the second half, when it is.
/// </summary>
internal sealed class FaultPlan
{
    private FaultPlan(IReadOnlyList<PlannedFault> faults, TimeSpan durableFrom)
    {
        Faults = faults;
        DurableFrom = durableFrom;
    }

    public IReadOnlyList<PlannedFault> Faults { get; }

    /// <summary>When the server is told to write to the disk before it answers.</summary>
    public TimeSpan DurableFrom { get; }

    public static IReadOnlyList<FaultKind> Kinds(Action<string> find) =>
    [
        new KillFault("worker-kill", 100, Part.InProcess), new KillFault("horse-worker-kill", 80, Part.Horse), new KillFault("fresh-worker-kill", 30, Part.Fresh),
        new KillFault("python-worker-kill", 20, Part.Python), new KillFault("producer-kill", 50, Part.Producer), new KillFault("scheduler-kill", 40, Part.Scheduler),
        new KillHorseFault("horse-kill", 120, Part.Horse), new KillHorseFault("fresh-horse-kill", 30, Part.Fresh), new KillHorseFault("python-horse-kill", 30, Part.Python),
        new FreezeFault("freeze", 50, 0.3, 5, Part.InProcess, Part.Horse, Part.Fresh, Part.Python), new FreezeFault("long-freeze", 30, 9, 14, Part.InProcess, Part.Horse, Part.Fresh),
        new FreezeFault("producer-freeze", 10, 0.3, 8, Part.Producer), new FreezeFault("scheduler-freeze", 20, 0.3, 12, Part.Scheduler),
        new TerminateFault("worker-term", 50, find, Part.InProcess, Part.Horse, Part.Fresh), new TerminateFault("python-worker-term", 10, find, Part.Python),
        new TerminateFault("scheduler-term", 10, find, Part.Scheduler), new TerminateFault("producer-term", 10, find, Part.Producer),
        new ClockFault(30),
        .. LinkFault.All(), .. ServerFault.All(),
    ];

    /// <param name="kinds">What may strike.</param>
    /// <param name="count">How often.</param>
    /// <param name="length">Over what time.</param>
    /// <param name="seed">What it is drawn from.</param>
    public static FaultPlan Draw(IReadOnlyList<FaultKind> kinds, int count, TimeSpan length, int seed)
    {
        var random = new Random(seed);
        FaultKind[] once = [.. kinds];
        random.Shuffle(once);
        int all = kinds.Sum(kind => kind.Share);
        FaultKind Any()
        {
            int at = random.Next(all);
            return kinds.First(kind => (at -= kind.Share) < 0);
        }

        FaultKind[] drawn = [.. once.Take(count), .. Enumerable.Range(0, Math.Max(0, count - once.Length)).Select(_ => Any())];
        random.Shuffle(drawn);
        // In a short run those first whose recovery takes longest; the others that have to wait for the second half come there, in the order drawn.
        FaultKind[] first = [.. drawn.Where(kind => !kind.NeedsDurability).OrderByDescending(kind => count <= 100 && kind.IsSlow)];
        var ordered = first.ToList();
        foreach (FaultKind late in drawn.Where(kind => kind.NeedsDurability))
            ordered.Insert(random.Next((ordered.Count + 1) / 2, ordered.Count + 1), late);
        // Where the second half begins follows from where they are.
        TimeSpan At(int index) => length * ((index + 0.5) / Math.Max(1, count));
        int half = ordered.FindIndex(kind => kind.NeedsDurability);
        return new FaultPlan(
            [.. ordered.Select((kind, index) => new PlannedFault(At(index), kind, random.Next()))],
            half < 0 ? length : At(half) - (length / Math.Max(1, count) / 2));
    }
}
