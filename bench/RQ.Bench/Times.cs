namespace RQ.Bench;

/// <summary>A number of durations, to be looked at by percentiles.</summary>
internal sealed class Times(IEnumerable<TimeSpan> times)
{
    private readonly double[] _milliseconds = [.. times.Select(time => time.TotalMilliseconds).Order()];

    /// <summary>The duration that so many percent are not above.</summary>
    public double Milliseconds(int percent) => _milliseconds[(_milliseconds.Length - 1) * percent / 100];
}
