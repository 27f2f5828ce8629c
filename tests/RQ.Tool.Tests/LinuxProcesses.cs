namespace RQ.Tool.Tests;

/// <summary>Processes as Linux shows them.</summary>
internal static class LinuxProcesses
{
    /// <summary>The processes that a process has started and that are still there.</summary>
    public static int[] Children(int pid) => [.. All().Where(process => process.Parent == pid && process.State != 'Z').Select(process => process.Id)];

    /// <summary>The same with those that they started.</summary>
    public static int[] Descendants(int pid) => [.. Children(pid).SelectMany(child => Descendants(child).Prepend(child))];

    /// <summary>Whether it is there; one that has ended and that nobody has asked about is not.</summary>
    public static bool IsAlive(int pid) => All().Any(process => process.Id == pid && process.State != 'Z');

    /// <summary>What everybody on the machine sees of how it was started.</summary>
    public static string CommandLine(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');

    private static IEnumerable<(int Id, char State, int Parent)> All()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int id) && Stat(id) is { } stat)
                yield return (id, stat.State, stat.Parent);
        }
    }

    private static (char State, int Parent)? Stat(int id)
    {
        try
        {
            // The name, in brackets, may hold anything; the rest has no brackets.
            string text = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1]));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
