using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RQ.Tests.Serialization;

/// <summary>What something takes of the processor and of memory, whatever else the machine does.</summary>
internal static class ThreadCost
{
    private const int ThreadClockOfLinux = 3;

    /// <summary>Of an action on this thread. On other systems than Linux the time is that of the clock on the wall.</summary>
    public static (TimeSpan Processor, long Bytes) Of(Action action)
    {
        var (time, bytes) = (Now(), GC.GetAllocatedBytesForCurrentThread());
        action();
        return (Now() - time, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    /// <summary>The least of some attempts: the first ones compile what they run, and others fall to a collection.</summary>
    public static (TimeSpan Processor, long Bytes) LeastOf(Action action, TimeSpan enough)
    {
        var least = Of(action);
        for (var i = 0; i < 10 && least.Processor > enough; i++)
        {
            var next = Of(action);
            least = next.Processor < least.Processor ? next : least;
        }
        return least;
    }

    private static TimeSpan Now() => OperatingSystem.IsLinux() && Clock(ThreadClockOfLinux, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : Stopwatch.GetElapsedTime(0);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Clock(int clock, out Moment time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Moment
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
