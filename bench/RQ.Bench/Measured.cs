using System.Diagnostics;
using System.Globalization;
using System.Runtime;

namespace RQ.Bench;

/// <summary>How long some work on jobs took, and what it cost.</summary>
/// <param name="Jobs">How many jobs.</param>
/// <param name="Time">On the clock.</param>
/// <param name="ServerCpu">Of the server; <c>null</c> when it does not say, or lives in this process.</param>
/// <param name="OwnCpu">Of this process.</param>
/// <param name="Scripts">Scripts that the server ran; <c>null</c> when it does not say.</param>
internal sealed record Measured(long Jobs, TimeSpan Time, TimeSpan? ServerCpu, TimeSpan OwnCpu, double? Scripts)
{
    public static async Task<Measured> OfAsync(ServerInfo server, long jobs, Func<Task> work)
    {
        GC.Collect();
        double? scriptsBefore = await server.ScriptsAsync();
        TimeSpan? serverBefore = await server.CpuAsync();
        TimeSpan ownBefore = Environment.CpuUsage.TotalTime, compilingBefore = JitInfo.GetCompilationTime();
        long begin = Stopwatch.GetTimestamp();
        await work();
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        TimeSpan own = Environment.CpuUsage.TotalTime - ownBefore;
        TimeSpan compiling = JitInfo.GetCompilationTime() - compilingBefore;
        return new Measured(jobs, time, await server.CpuAsync() - serverBefore, own, await server.ScriptsAsync() - scriptsBefore) { Compiling = compiling };
    }

    /// <summary>
    /// How much of <see cref="OwnCpu"/> (of all threads) went into compiling. When it is more than a little, the process was not warm.
    /// </summary>
    public TimeSpan Compiling { get; private init; }

    public double JobsPerSecond => Jobs / Time.TotalSeconds;

    /// <summary>In µs.</summary>
    public double? ServerCpuPerJob => ServerCpu?.TotalMicroseconds / Jobs;

    /// <summary>In µs.</summary>
    public double OwnCpuPerJob => OwnCpu.TotalMicroseconds / Jobs;

    public double? ScriptsPerJob => Scripts / Jobs;

    public string Row(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-22} {JobsPerSecond,8:F0} jobs/s   CPU per job: server {Text(ServerCpuPerJob, "F1"),5} µs, own {Text(OwnCpuPerJob, "F1"),5} µs   {Text(ScriptsPerJob, "F3")} scripts per job");

    private static string Text(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
