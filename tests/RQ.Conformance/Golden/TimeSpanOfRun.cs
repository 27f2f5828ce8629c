using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RQ.Redis;

namespace RQ.Conformance.Golden;

/// <summary>From the beginning of a scenario to a snapshot of it. Times written meanwhile lie in it.</summary>
internal sealed partial record TimeSpanOfRun(DateTimeOffset From, DateTimeOffset To)
{
    // Scores are cut to whole seconds, TTLs are rounded, and a snapshot may be taken a moment after its To.
    private const double Slack = 3;

    public double Length => (To - From).TotalSeconds;

    /// <summary>The span that the times in a golden snapshot lie in.</summary>
    public static TimeSpanOfRun Of(RedisDump golden)
    {
        DateTimeOffset[] times = [.. golden.Keys.Values.Select(key => key.Value).OfType<DumpedHash>()
            .SelectMany(hash => hash.Fields.Values.Select(value => RqTime.ParseTimestamp(Encoding.UTF8.GetString(value))))
            .OfType<DateTimeOffset>()];
        return times.Length == 0 ? new(default, default) : new(times.Min(), times.Max());
    }

    public bool Contains(DateTimeOffset time) => time >= From.AddSeconds(-1) && time <= To.AddSeconds(Slack);

    /// <summary>Six digits and a Z, as every Python RQ reads it.</summary>
    public bool IsTimestamp(string text) => Timestamp.IsMatch(text) && RqTime.ParseTimestamp(text) is { } time && Contains(time);

    /// <summary>A timestamp of what comes after the run, at most so much later.</summary>
    public bool IsSoon(string text, TimeSpan within) => Timestamp.IsMatch(text) && RqTime.ParseTimestamp(text) is { } time && time >= From && time <= To + within;

    /// <summary>As Python prints a float of this size: no exponent, at most six digits after the point, no zeros behind.</summary>
    public bool IsUnixTime(string text) => UnixTime.IsMatch(text) && RqTime.ParseUnix(text) is { } time && Contains(time);

    public bool IsStreamId(string text) =>
        long.TryParse(text.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long ms) && Contains(DateTimeOffset.FromUnixTimeMilliseconds(ms));

    /// <summary>Whether a score lies as far from our times as the golden score lies from the golden times. It may be more exact, but not less.</summary>
    public bool IsSameScore(TimeSpanOfRun golden, double goldenScore, double ours)
    {
        bool isTime = goldenScore > 1e9 && !double.IsInfinity(goldenScore);
        if (!isTime)
            return ours.Equals(goldenScore);
        double least = goldenScore - Unix(golden.To) + Unix(From) - Slack, most = goldenScore - Unix(golden.From) + Unix(To) + Slack;
        return ours >= least && ours <= most && (double.IsInteger(goldenScore) || !double.IsInteger(ours));
    }

    public bool IsSameTtl(long golden, long ours) => golden < 0 ? ours == golden : ours <= golden + Slack && ours >= golden - Length - Slack;

    private static double Unix(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
    private static partial Regex Timestamp { get; }

    [GeneratedRegex(@"^\d{10}\.(0|\d{0,5}[1-9])$")]
    private static partial Regex UnixTime { get; }
}
