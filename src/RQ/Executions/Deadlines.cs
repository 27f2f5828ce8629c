namespace RQ.Executions;

/// <summary>
/// Keeps the time limits of all runs of a worker with one timer, which is set for the next of them: most runs end long before their
/// time is over, and then it is left alone.
/// </summary>
internal sealed class Deadlines(TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<TimeLimit> _limits = [];
    private ITimer? _timer;
    private long _setFor = long.MaxValue;
    private bool _isDisposed;

    /// <summary>Has the limit told when so much time has passed from now on, instead of when it was to be told before.</summary>
    public void Set(TimeLimit limit, TimeSpan after)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            limit.Due = now + (long)Math.Ceiling(after.TotalSeconds * time.TimestampFrequency);
            _limits.Add(limit);
            if (limit.Due < _setFor)
                SetTimer(now, limit.Due);
        }
    }

    /// <summary>The run has ended.</summary>
    public void Remove(TimeLimit limit)
    {
        lock (_lock)
            _limits.Remove(limit);
    }

    /// <summary>From here on no limit is told.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void Elapse()
    {
        TimeLimit[] over;
        lock (_lock)
        {
            long now = time.GetTimestamp();
            over = [.. _limits.Where(limit => limit.Due <= now)];
            _limits.ExceptWith(over);
            _setFor = long.MaxValue;
            if (_limits.Count > 0)
                SetTimer(now, _limits.Min(limit => limit.Due));
        }

        foreach (TimeLimit limit in over)
            limit.Elapse();
    }

    private void SetTimer(long now, long due)
    {
        if (_isDisposed)
            return;
        _setFor = due;
        _timer ??= time.CreateTimer(static deadlines => ((Deadlines)deadlines!).Elapse(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A timer counts whole milliseconds and drops the rest: it must not come too early.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(time.GetElapsedTime(now, due).TotalMilliseconds, 0))), Timeout.InfiniteTimeSpan);
    }
}
