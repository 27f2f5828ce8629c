namespace RQ;

/// <summary>
/// How many jobs of one kind may be queued or running at once, over all queues; the others wait, in the order in which they came.
/// Python RQ knows it from the version after 2.10 on; workers older than that run such jobs but do not let the next one in.
/// </summary>
public sealed record RateLimit
{
    /// <summary>Limits the jobs of one key.</summary>
    /// <param name="key">What the limit is about, such as <c>"mailgun"</c>. Not empty; must not end in <c>:allowed</c> or <c>:rate_limited</c>.</param>
    /// <param name="concurrency">How many at once; at least 1. The number last given for a key holds for all its jobs.</param>
    /// <exception cref="ArgumentException">The key or the number cannot be.</exception>
    public RateLimit(string key, int concurrency)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Redis.StoredName.Check(key, "rate limit's");
        ArgumentOutOfRangeException.ThrowIfLessThan(concurrency, 1);
        if (key.EndsWith(":allowed", StringComparison.Ordinal) || key.EndsWith(":rate_limited", StringComparison.Ordinal))
            throw new ArgumentException($"The rate limit's key '{key}' ends like the names of RQ's own lists. Choose another one.", nameof(key));
        Key = key;
        Concurrency = concurrency;
    }

    /// <summary>What the limit is about.</summary>
    public string Key { get; }

    /// <summary>How many jobs at once.</summary>
    public int Concurrency { get; }
}
