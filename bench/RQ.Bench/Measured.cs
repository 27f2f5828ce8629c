using System.Diagnostics;
using System.Globalization;

namespace RQ.Bench;

/// <summary>How long some work on jobs took, and what it cost.</summary>
/// <param name="Jobs">How many jobs.</param>
/// <param name="Time">On the clock.</param>
/// <param name="ServerCpu">Of the server; <c>null</c> when it does not say, or lives in this process.</param>
/// <param name="OwnCpu">Of this process.</param>
internal sealed record Measured(long Jobs, TimeSpan Time, TimeSpan? ServerCpu, TimeSpan OwnCpu)
{
    public static async Task<Measured> OfAsync(ServerInfo server, long jobs, Func<Task> work)
    {
        GC.Collect();
        TimeSpan? serverBefore = await server.CpuAsync();
        TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        await work();
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        TimeSpan own = Environment.CpuUsage.TotalTime - ownBefore;
        return new Measured(jobs, time, await server.CpuAsync() - serverBefore, own);
    }

    public string Row(string name) => string.Create(
        CultureInfo.InvariantCulture, $"{name,-22} {Jobs / Time.TotalSeconds,8:F0} jobs/s   {PerJob(ServerCpu),6} µs server CPU/job   {PerJob(OwnCpu),6} µs own CPU/job");

    private string PerJob(TimeSpan? cpu) => cpu is { } known ? (known.TotalMicroseconds / Jobs).ToString("F1", CultureInfo.InvariantCulture) : "–";
}
