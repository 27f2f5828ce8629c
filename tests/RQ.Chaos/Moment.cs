using System.Diagnostics;

namespace RQ.Chaos;

/// <summary>
/// Moments in µs of the system's monotonic clock: all processes of the machine agree on them, Python's too, and no step of a clock changes them.
/// </summary>
internal static class Moment
{
    public const long PerSecond = 1_000_000;

    public static long Now => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / PerSecond);

    public static long Of(TimeSpan time) => (long)(time.TotalSeconds * PerSecond);

    public static double Seconds(long micros) => (double)micros / PerSecond;
}
