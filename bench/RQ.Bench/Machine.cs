using System.Runtime.InteropServices;

namespace RQ.Bench;

/// <summary>Where the figures come from.</summary>
internal static class Machine
{
    public static string Describe()
    {
        string model = File.Exists("/proc/cpuinfo")
            && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() is { } cpu
            ? $" ({cpu})"
            : "";
        return $"{Environment.ProcessorCount} cores{model}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, load {Load}";
    }

    /// <summary>What waited for a processor on average in the last minute; <c>?</c> when the system does not say.</summary>
    public static string Load => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
}
