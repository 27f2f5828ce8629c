using System.Globalization;

namespace RQ.WorkHorses;

/// <summary>How many processes the kernel has killed in a control group because its memory limit was reached. Linux only.</summary>
internal sealed class MemoryKills
{
    private readonly string? _file;
    private readonly long _before;

    private MemoryKills(string? file)
    {
        _file = file;
        _before = Count();
    }

    /// <summary>Whether it has killed some since this was made.</summary>
    public bool HasGrown => Count() > _before;

    /// <summary>Those in the control group of a process.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="root">Where control groups are shown.</param>
    public static MemoryKills Around(int processId, string root = "/sys/fs/cgroup")
    {
        try
        {
            return new MemoryKills(FileOf(File.ReadAllLines($"/proc/{processId}/cgroup"), root));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new MemoryKills(null);
        }
    }

    /// <summary>Those from now on, in the same control group.</summary>
    public MemoryKills Again() => new(_file);

    /// <summary>The file that counts them.</summary>
    /// <param name="groups">The lines of <c>/proc/PID/cgroup</c>: <c>0::/path</c> for version 2, <c>N:memory:/path</c> for version 1.</param>
    /// <param name="root">Where control groups are shown.</param>
    public static string? FileOf(string[] groups, string root)
    {
        foreach (string line in groups)
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3)
                continue;
            string? file = parts[0] == "0" && parts[1].Length == 0 ? Inside(root, parts[2], "memory.events")
                : parts[1].Split(',').Contains("memory") ? Inside(Path.Combine(root, "memory"), parts[2], "memory.oom_control")
                : null;
            if (file is not null)
                return file;
        }

        return null;
    }

    // In a container the path may be that outside, and the group is shown at the root.
    private static string? Inside(string root, string group, string name) =>
        new[] { Path.Combine(root, group.TrimStart('/'), name), Path.Combine(root, name) }.FirstOrDefault(File.Exists);

    private long Count()
    {
        try
        {
            string? line = _file is null ? null : File.ReadLines(_file).FirstOrDefault(each => each.StartsWith("oom_kill ", StringComparison.Ordinal));
            return line is not null && long.TryParse(line.AsSpan("oom_kill ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
