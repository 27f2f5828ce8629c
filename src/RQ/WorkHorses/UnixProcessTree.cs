using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RQ.WorkHorses;

/// <summary>
/// A work horse leads a process group, in the session that it was born into (a session of its own would break what needs the
/// terminal). Killed are its descendants, wherever they are, and its group: what has lost its parent is still in that.
/// </summary>
internal sealed class UnixProcessTree : ProcessTree
{
    private const int SigKill = 9;

    private bool _leads;

    public override void Lead()
    {
        _leads = NativeMethods.SetProcessGroup(0, 0) == 0;
        // When memory runs out the kernel is to end the work horse, not the worker. Only Linux has it, and everyone may raise it.
        try
        {
            if (OperatingSystem.IsLinux())
                File.WriteAllText("/proc/self/oom_score_adj", "500");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not in this container.
        }
    }

    public override void Adopt(Process horse)
    {
    }

    public override void Kill(Process horse)
    {
        int id;
        try
        {
            id = horse.Id;
        }
        catch (InvalidOperationException)
        {
            return;
        }

        try
        {
            horse.Kill(entireProcessTree: true);
        }
        catch (Exception)
        {
            // Some of them have ended meanwhile, or the list of processes cannot be read. It may have been stopped for that.
            try
            {
                horse.Kill();
            }
            catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
            {
                // It is gone.
            }
        }

        KillRest(id);
    }

    // A group outlives its leader, and while it lives nobody else gets its number.
    public override void KillRest(int horseId)
    {
        if (horseId > 1)
            _ = NativeMethods.Kill(-horseId, SigKill);
    }

    public override void KillOwn()
    {
        if (_leads)
            _ = NativeMethods.Kill(0, SigKill);
        _ = NativeMethods.Kill(Environment.ProcessId, SigKill);
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int id, int signal);

        [DllImport("libc", EntryPoint = "setpgid", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SetProcessGroup(int id, int group);
    }
}
