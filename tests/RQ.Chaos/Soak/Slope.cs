namespace RQ.Chaos.Soak;

/// <summary>The straight line that fits some points best.</summary>
internal static class Slope
{
    /// <summary>By how much it rises per unit, by least squares; 0 for fewer than two points.</summary>
    public static double Of(IReadOnlyCollection<(double X, double Y)> points)
    {
        if (points.Count < 2)
            return 0;
        double x = points.Average(point => point.X), y = points.Average(point => point.Y);
        double spread = points.Sum(point => (point.X - x) * (point.X - x));
        return spread == 0 ? 0 : points.Sum(point => (point.X - x) * (point.Y - y)) / spread;
    }
}
