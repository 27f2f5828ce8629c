namespace RQ;

/// <summary>How long to wait between attempts to reach the server: longer and longer, and not all processes at the same time.</summary>
internal sealed class Backoff
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(500);

    // Work is expected to go on within 5 s of the server's return.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(4);

    private readonly Random _random = new();
    private TimeSpan _next = s_first;

    public TimeSpan Next()
    {
        TimeSpan wait = _next * (0.8 + 0.2 * _random.NextDouble());
        _next = _next * 2 < s_longest ? _next * 2 : s_longest;
        return wait;
    }
}
