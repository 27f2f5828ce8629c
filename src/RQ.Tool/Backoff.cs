namespace RQ.Tool;

/// <summary>How long to wait before the next attempt: 1 s, and each time twice as long.</summary>
/// <param name="longest">No wait is longer.</param>
/// <param name="random">Makes waits up to a quarter shorter, so that many processes do not try in step; <c>null</c> leaves them as they are.</param>
internal sealed class Backoff(TimeSpan longest, Random? random = null)
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1);

    private TimeSpan _next = s_first;

    public TimeSpan Next()
    {
        TimeSpan wait = _next;
        _next = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, longest.Ticks));
        return random is null ? wait : wait * (1 - (random.NextDouble() / 4));
    }

    /// <summary>An attempt went well.</summary>
    public void Reset() => _next = s_first;
}
