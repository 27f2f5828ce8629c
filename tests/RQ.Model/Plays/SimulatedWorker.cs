using RQ.Executions;

namespace RQ.Model.Plays;

/// <summary>What a worker process knows.</summary>
internal sealed class SimulatedWorker(string name, string[] queues)
{
    public string Name { get; } = name;

    public string[] Queues { get; } = queues;

    /// <summary>Which run of it this is; all have the same length.</summary>
    public string Incarnation { get; private set; } = "";

    /// <summary>Whether the process is there and has registered.</summary>
    public bool IsAlive { get; set; }

    /// <summary>Whether it is frozen: it renews no lease, and what it does comes late.</summary>
    public bool IsStalled { get; set; }

    /// <summary>What it believes to run.</summary>
    public List<Execution> Running { get; } = [];

    /// <summary>Executions whose end is on its way.</summary>
    public HashSet<string> Settling { get; } = [];

    public void Begin(int number)
    {
        Incarnation = $"i{number:d5}";
        Running.Clear();
        Settling.Clear();
        IsStalled = false;
    }

    public void Die()
    {
        IsAlive = false;
        Running.Clear();
        Settling.Clear();
    }

    /// <summary>Some of what runs, beginning with the one that is chosen; they are no longer counted as running.</summary>
    public Execution[] Pick(int pick, int count)
    {
        if (Running.Count == 0)
            return [];
        Execution[] picked = [.. Enumerable.Range(0, Math.Min(count, Running.Count)).Select(n => Running[(pick + n) % Running.Count])];
        foreach (Execution execution in picked)
        {
            Running.Remove(execution);
            Settling.Add(execution.Id);
        }

        return picked;
    }
}
