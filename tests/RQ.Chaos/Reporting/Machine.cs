using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace RQ.Chaos.Reporting;

/// <summary>Where a run was made, and of what.</summary>
internal static class Machine
{
    public static string Describe()
    {
        string model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
        long memory = long.Parse(
            File.ReadLines("/proc/meminfo").First().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024 / 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores ({model}), {memory} GB, {RuntimeInformation.OSDescription}");
    }

    public static string Versions(bool python)
    {
        string own = typeof(Worker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
        string redis = Output("redis-server", "--version").Split(' ').FirstOrDefault(word => word.StartsWith("v=", StringComparison.Ordinal))?[2..] ?? "?";
        string versions = $"RQ.NET {own}, {RuntimeInformation.FrameworkDescription}, Redis {redis}";
        return python
            ? versions + $", Python RQ {Output("/usr/bin/python3", "-c", "import rq, platform; print(rq.VERSION, 'on Python', platform.python_version())").Trim()}"
            : versions;
    }

    private static string Output(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
