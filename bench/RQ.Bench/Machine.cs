using System.Collections;
using System.Diagnostics;
using System.Reflection;
using System.Runtime;
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

    /// <summary>The version of this library, of .NET and of the servers that the runs start.</summary>
    public static async Task<IReadOnlyList<string>> VersionsAsync(CancellationToken cancellationToken)
    {
        string own = typeof(Worker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";
        string redis = await Races.Child.RunAsync(new ProcessStartInfo("redis-server", ["--version"]), cancellationToken);     // Redis server v=7.0.15 sha=…
        return [$"RQ.NET {own}", $"{RuntimeInformation.FrameworkDescription} ({Runtime()})", $"Redis {redis.Split(' ').FirstOrDefault(word => word.StartsWith("v=", StringComparison.Ordinal))?[2..] ?? "?"}"];
    }

    /// <summary>How .NET collects garbage and compiles, in this process and in those that it starts.</summary>
    private static string Runtime()
    {
        string collector = $"{(GCSettings.IsServerGC ? "server" : "workstation")} GC, {(GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent")}";
        IEnumerable<string> set = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => $"{variable.Key}={variable.Value}")
            .Where(text => text.StartsWith("DOTNET_GC", StringComparison.OrdinalIgnoreCase) || text.StartsWith("DOTNET_T", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("DOTNET_ReadyToRun", StringComparison.OrdinalIgnoreCase))
            .Where(text => !text.StartsWith("DOTNET_CLI", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal);
        return string.Join(", ", [collector, "tiered compilation as by default", .. set]);
    }

    /// <summary>What waited for a processor on average in the last minute; <c>?</c> when the system does not say.</summary>
    public static string Load => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
}
