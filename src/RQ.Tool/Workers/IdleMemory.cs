using System.Runtime;

namespace RQ.Tool.Workers;

/// <summary>
/// Gives the garbage of busier times back to the system. The runtime collects when memory is asked for, which an idle process does not do: what
/// it has kept ready for the next jobs would stay resident until they come.
/// </summary>
internal sealed class IdleMemory : IDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    /// <summary>A process that asks for less in that time has nothing to do.</summary>
    private const long Quiet = 1 << 20;

    /// <summary>A larger heap takes so long that jobs that wait, and heartbeats, would notice.</summary>
    private const long MostToCollect = 256L << 20;

    private readonly ITimer _timer;
    private readonly Func<long> _allocated;
    private readonly Func<long> _heap;
    private readonly Action _collect;
    private long _before;
    private bool _wasBusy = true;

    public IdleMemory(TimeProvider time)
        : this(time, () => GC.GetTotalAllocatedBytes(), () => GC.GetGCMemoryInfo(GCKind.Any).HeapSizeBytes, Collect)
    {
    }

    /// <param name="time">The clock.</param>
    /// <param name="allocated">How many bytes were asked for so far.</param>
    /// <param name="heap">How many bytes the heap had after the last collection: garbage costs nothing.</param>
    /// <param name="collect">Collects.</param>
    internal IdleMemory(TimeProvider time, Func<long> allocated, Func<long> heap, Action collect)
    {
        (_allocated, _heap, _collect) = (allocated, heap, collect);
        _timer = time.CreateTimer(_ => Look(), null, s_every, s_every);
    }

    public void Dispose() => _timer.Dispose();

    private static void Collect()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void Look()
    {
        long allocated = _allocated();
        bool isBusy = allocated - _before >= Quiet;
        _before = allocated;
        if (!isBusy && _wasBusy && _heap() <= MostToCollect)
            _collect();
        _wasBusy = isBusy;
    }
}
