using System.Collections.Concurrent;

namespace RQ.Functions;

/// <summary>
/// Names that were looked for and not found, so that the next job that names one costs no search: on a queue that Python's workers serve
/// too that is no exception. Whatever may bring new functions makes them unknown again, also an assembly that is loaded.
/// </summary>
internal sealed class UnknownNames
{
    /// <summary>Names come from whoever enqueues; they must not fill the memory.</summary>
    public const int Most = 1000;

    private const int LongestName = 300;

    private static long s_loads;

    private readonly ConcurrentDictionary<string, long> _names = new();
    private long _changes;

    static UnknownNames() => AppDomain.CurrentDomain.AssemblyLoad += (_, load) =>
    {
        // What is made while the program runs is not searched.
        if (!load.LoadedAssembly.IsDynamic)
            Interlocked.Increment(ref s_loads);
    };

    /// <summary>Read it before the search: what is not found holds for this state only. Both numbers only grow.</summary>
    public long State => Volatile.Read(ref s_loads) + Volatile.Read(ref _changes);

    public int Count => _names.Count;

    public bool Contains(string name, long state) => _names.TryGetValue(name, out long seen) && seen == state;

    public void Add(string name, long state)
    {
        if (name.Length > LongestName)
            return;
        if (_names.Count >= Most)
            _names.Clear();
        _names[name] = state;
    }

    /// <summary>There may be new functions.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _changes);
        _names.Clear();
    }
}
