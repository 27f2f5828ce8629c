namespace RQ.Workers;

/// <summary>
/// When a worker last showed that it works, for those who watch it from outside: its loop may hang although its heartbeat goes
/// on, and the other way round.
/// </summary>
internal sealed class WorkerPulse(TimeProvider time)
{
    /// <summary>A pass that takes longer hangs: an idle worker makes one whenever a blocking pop ends, after 20 s at most.</summary>
    public static readonly TimeSpan LongestPass = TimeSpan.FromSeconds(40);

    private long _lastPass = time.GetTimestamp();
    private long _lastRenewal = time.GetTimestamp();
    private volatile bool _waitsForJobs;

    /// <summary>Whether the loop waits for a running job to end, which may take any time.</summary>
    public bool WaitsForJobs
    {
        get => _waitsForJobs;
        set
        {
            Passed();
            _waitsForJobs = value;
        }
    }

    /// <summary>Since when the loop has got nothing done; zero while it waits for running jobs.</summary>
    public TimeSpan SincePass => WaitsForJobs ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastPass));

    /// <summary>How long ago the lease was last seen to be held.</summary>
    public TimeSpan SinceRenewal => time.GetElapsedTime(Volatile.Read(ref _lastRenewal));

    /// <summary>The loop has made a pass.</summary>
    public void Passed() => Volatile.Write(ref _lastPass, time.GetTimestamp());

    /// <summary>The lease was renewed.</summary>
    public void Renewed() => Volatile.Write(ref _lastRenewal, time.GetTimestamp());
}
