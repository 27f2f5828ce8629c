using System.Runtime.InteropServices;

namespace RQ.Embedded.Tests;

/// <summary>Makes writes of this process to files that it has open fail as on a full disk; what opens them anew writes again.</summary>
internal static class FullDisk
{
    public static void SkipWhereItCannotBe() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs /proc and /dev/full.");

    /// <param name="file">The full path of the file.</param>
    /// <returns>By how many handles it was open.</returns>
    public static int HappensTo(string file)
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var count = 0;
        foreach (var link in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (new FileInfo(link).LinkTarget == file)
            {
                // The handle stays the same and leads to where nothing fits any more.
                if (Dup2((int)full.DangerousGetHandle(), int.Parse(Path.GetFileName(link))) < 0)
                {
                    throw new IOException($"dup2: error {Marshal.GetLastPInvokeError()}");
                }

                count++;
            }
        }

        return count;
    }

    [DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static extern int Dup2(int from, int to);
}
