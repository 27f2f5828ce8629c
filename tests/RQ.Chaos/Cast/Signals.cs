using System.Globalization;
using System.Runtime.InteropServices;

namespace RQ.Chaos.Cast;

/// <summary>Processes by their ids: signals, children, memory. Linux only.</summary>
internal static class Signals
{
    public const int Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    /// <returns>Whether there was such a process.</returns>
    public static bool Send(int pid, int signal) => SendSignal(pid, signal) == 0;

    /// <summary>The processes that one has started and that still are.</summary>
    public static IReadOnlyList<int> Children(int pid)
    {
        var children = new List<int>();
        try
        {
            foreach (string thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                children.AddRange(File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(child => int.Parse(child, CultureInfo.InvariantCulture)));
            }
        }
        catch (IOException)
        {
            // It has just ended, or one of its threads has.
        }

        return children;
    }

    /// <summary>Its resident memory in bytes; 0 when it has ended.</summary>
    public static long Memory(int pid)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int pid, int signal);
}
