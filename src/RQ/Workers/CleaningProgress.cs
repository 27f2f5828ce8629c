using RQ.Diagnostics;

namespace RQ.Workers;

/// <summary>Tells of cleaning that takes long.</summary>
internal sealed class CleaningProgress(WorkerSetup setup, string what, string queue)
{
    private const int TellEvery = 50_000;

    private long _removed;

    /// <summary>So many more entries have been removed.</summary>
    public void Add(int removed)
    {
        long before = _removed;
        _removed += removed;
        if (_removed / TellEvery > before / TellEvery)
            Log.CleaningProgress(setup.Log, setup.Name, what, queue, _removed);
    }

    /// <summary>All is done.</summary>
    public void End()
    {
        if (_removed >= TellEvery)
            Log.Cleaned(setup.Log, setup.Name, what, queue, _removed);
    }
}
