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
    private long _allocated;
    private bool _wasBusy = true;

    public IdleMemory(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), null, s_every, s_every);

    /// <summary>How often it has collected.</summary>
    public int Collections { get; private set; }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        bool isBusy = allocated - _allocated >= Quiet;
        _allocated = allocated;
        if (!isBusy && _wasBusy && GC.GetTotalMemory(forceFullCollection: false) <= MostToCollect)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            Collections++;
        }

        _wasBusy = isBusy;
    }
}
