using System.Diagnostics;

namespace RQ.WorkHorses;

/// <summary>What differs between systems about a process and all that it has started.</summary>
internal abstract class ProcessTree
{
    /// <summary>Of this system. Proven on Linux.</summary>
    public static ProcessTree Current { get; } = OperatingSystem.IsWindows() ? new WindowsProcessTree() : new UnixProcessTree();

    /// <summary>In the work horse, at its start: whatever it starts from here on belongs to it.</summary>
    public abstract void Lead();

    /// <summary>In the worker, right after a work horse was started.</summary>
    public abstract void Adopt(Process horse);

    /// <summary>In the worker: ends a work horse and everything it has started. Does nothing when it is gone already.</summary>
    public abstract void Kill(Process horse);

    /// <summary>In the worker, when a work horse has ended: ends what it has started and left in its group.</summary>
    public abstract void KillRest(int horseId);

    /// <summary>In the work horse, when the worker is gone: ends it and everything it has started, at once. Does not return.</summary>
    public abstract void KillOwn();
}
