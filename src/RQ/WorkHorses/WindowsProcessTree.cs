using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RQ.WorkHorses;

/// <summary>
/// All work horses are in one job object of the worker's, which the system ends with the worker. Compiles; not tried on Windows.
/// </summary>
internal sealed class WindowsProcessTree : ProcessTree
{
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;

    private readonly Lazy<nint> _job = new(MakeJob);

    public override void Lead()
    {
    }

    public override void Adopt(Process horse)
    {
        if (_job.Value != 0)
            _ = NativeMethods.AssignProcessToJobObject(_job.Value, horse.Handle);
    }

    public override void Kill(Process horse)
    {
        try
        {
            horse.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // Some of them have ended by themselves meanwhile.
        }
    }

    public override void KillRest(int horseId)
    {
        // The job object keeps them until the worker ends.
    }

    public override void KillOwn() => Process.GetCurrentProcess().Kill();

    // Never closed: that is what ends the work horses when this process ends, however it does.
    private static nint MakeJob()
    {
        nint job = NativeMethods.CreateJobObject(0, null);
        var limits = new ExtendedLimits { LimitFlags = KillOnJobClose };
        if (job != 0)
            _ = NativeMethods.SetInformationJobObject(job, ExtendedLimitInformation, ref limits, (uint)Marshal.SizeOf<ExtendedLimits>());
        return job;
    }

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION, of which only the flags are used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ExtendedLimits
    {
        public long PerProcessUserTimeLimit, PerJobUserTimeLimit;
        public uint LimitFlags;
        public nuint MinimumWorkingSetSize, MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public nuint Affinity;
        public uint PriorityClass, SchedulingClass;
        public ulong ReadOperations, WriteOperations, OtherOperations, ReadBytes, WriteBytes, OtherBytes;
        public nuint ProcessMemoryLimit, JobMemoryLimit, PeakProcessMemoryUsed, PeakJobMemoryUsed;
    }

    private static class NativeMethods
    {
        [DllImport("kernel32.dll", EntryPoint = "CreateJobObjectW", SetLastError = true, CharSet = CharSet.Unicode)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        public static extern nint CreateJobObject(nint attributes, string? name);

        [DllImport("kernel32.dll", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool SetInformationJobObject(nint job, int kind, ref ExtendedLimits limits, uint size);

        [DllImport("kernel32.dll", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        public static extern bool AssignProcessToJobObject(nint job, nint process);
    }
}
