namespace RQ.Executions;

/// <summary>
/// Keeps the time limits of all runs of a worker with one timer, which is set for the next of them: most runs end long before their
/// time is over, and then it is left alone.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly HashSet<Deadline> _deadlines = [];
    private long _setFor = long.MaxValue;
    private bool _isDisposed;

    public Deadlines(TimeProvider time)
    {
        _time = time;
        // Made here, so that it does not keep the context of the run that comes first.
        _timer = time.CreateTimer(static deadlines => ((Deadlines)deadlines!).Elapse(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Has the deadline told when so much time has passed from now on, instead of when it was to be told before.</summary>
    public void Set(Deadline deadline, TimeSpan after)
    {
        lock (_lock)
        {
            long now = _time.GetTimestamp();
            deadline.Due = now + (long)Math.Ceiling(after.TotalSeconds * _time.TimestampFrequency);
            _deadlines.Add(deadline);
            if (deadline.Due < _setFor)
                SetTimer(now, deadline.Due);
        }
    }

    /// <summary>The run has ended.</summary>
    public void Remove(Deadline deadline)
    {
        lock (_lock)
            _deadlines.Remove(deadline);
    }

    /// <summary>From here on no deadline is told, but for those whose time has just come.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer.Dispose();
        }
    }

    private void Elapse()
    {
        Deadline[] over;
        lock (_lock)
        {
            long now = _time.GetTimestamp();
            over = [.. _deadlines.Where(deadline => deadline.Due <= now)];
            _deadlines.ExceptWith(over);
            _setFor = long.MaxValue;
            if (_deadlines.Count > 0)
                SetTimer(now, _deadlines.Min(deadline => deadline.Due));
        }

        foreach (Deadline deadline in over)
            deadline.Elapse();
    }

    private void SetTimer(long now, long due)
    {
        if (_isDisposed)
            return;
        _setFor = due;
        // A timer counts whole milliseconds and drops the rest: it must not come too early.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(_time.GetElapsedTime(now, due).TotalMilliseconds, 0))), Timeout.InfiniteTimeSpan);
    }
}

/// <summary>Something that is told when a time has come. It may still be told while it is being removed.</summary>
internal abstract class Deadline
{
    /// <summary>When that is, as a timestamp of the time provider. Kept by <see cref="Deadlines"/>.</summary>
    public long Due { get; set; }

    /// <summary>The time has come.</summary>
    public abstract void Elapse();
}
