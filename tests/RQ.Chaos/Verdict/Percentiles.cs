using System.Globalization;

namespace RQ.Chaos.Verdict;

/// <summary>How long something took: the middle, the 99th percentile and the longest.</summary>
internal sealed class Percentiles
{
    private readonly long[] _sorted;

    public Percentiles(IEnumerable<long> micros) => _sorted = [.. micros.Order()];

    public int Count => _sorted.Length;

    public double P50 => At(0.5);

    public double P99 => At(0.99);

    public double Max => At(1);

    /// <summary>As columns of a table, in seconds.</summary>
    public string Columns => Count == 0 ? "– | – | –" : string.Create(CultureInfo.InvariantCulture, $"{P50:0.00} | {P99:0.00} | {Max:0.00}");

    private double At(double part) => Count == 0 ? double.NaN : Moment.Seconds(_sorted[(int)Math.Ceiling(part * Count) - 1]);
}
