namespace RQ;

/// <summary>How much of the time that the host has for stopping a worker may spend waiting for its jobs.</summary>
internal static class ShutdownLimit
{
    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_shortestRest = TimeSpan.FromSeconds(1);

    /// <summary>The rest is kept for giving the jobs back and saying goodbye: a fifth, between 1 and 5 s, and never more than half.</summary>
    /// <param name="host">The host's limit; infinite for none.</param>
    public static TimeSpan Usable(TimeSpan host)
    {
        if (host == Timeout.InfiniteTimeSpan)
            return host;
        TimeSpan rest = host / 5;
        rest = rest > s_longestRest ? s_longestRest : rest < s_shortestRest ? s_shortestRest : rest;
        return host - (rest < host / 2 ? rest : host / 2);
    }

    /// <summary>The time that the worker wants, or what the host leaves it.</summary>
    public static TimeSpan Shorten(TimeSpan wanted, TimeSpan host)
    {
        TimeSpan usable = Usable(host);
        if (usable == Timeout.InfiniteTimeSpan)
            return wanted;
        return wanted == Timeout.InfiniteTimeSpan || wanted > usable ? usable : wanted;
    }
}
