using System.Globalization;

namespace RQ.Bench;

/// <summary>How late jobs began: from the moment at which they were due to the first line of their code.</summary>
internal sealed class Lateness
{
    private static readonly double[] s_bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, double.PositiveInfinity];

    private readonly double[] _milliseconds;

    public Lateness(IEnumerable<TimeSpan> late) => _milliseconds = [.. late.Select(by => by.TotalMilliseconds).Order()];

    public string Row(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-50} late by p50 {Percentile(50):F1} ms   p90 {Percentile(90):F1} ms   p99 {Percentile(99):F1} ms   max {Percentile(100):F1} ms");

    /// <summary>One line for each range that has jobs in it.</summary>
    public IEnumerable<string> Histogram()
    {
        double low = double.NegativeInfinity;
        foreach (double high in s_bounds)
        {
            int count = _milliseconds.Count(by => by >= low && by < high);
            if (count > 0)
            {
                string range = double.IsInfinity(high) ? $"{low,6:F0} ms and more" : $"below {high,6:F0} ms  ";
                yield return $"    {range,-20} {count,7}  {new string('#', (int)Math.Ceiling(50.0 * count / _milliseconds.Length))}";
            }

            low = high;
        }
    }

    private double Percentile(int percent) => _milliseconds[(_milliseconds.Length - 1) * percent / 100];
}
