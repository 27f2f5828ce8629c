using RQ.Redis.Transitions;

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

    // A caller that runs its job itself has none.
    private volatile bool _hasLease;
    private volatile TaskCompletionSource _silence = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    /// <summary>
    /// Whether the lease may have run out since it was last renewed, so that what was taken may be another worker's by now. Told a little early: what begins then
    /// should have begun before that.
    /// </summary>
    public bool IsLeaseInDoubt => _hasLease && SinceRenewal >= WorkerRecord.LeaseTime - WorkerRecord.RenewEvery / 2;

    /// <summary>Whether it has ever had a lease: a worker that is still starting has not.</summary>
    public bool HasHadLease => _hasLease;

    /// <summary>How long ago the lease was last renewed, at most: since the call was sent, for its answer may come much later than the server has done it. Before there is one, since the worker was made.</summary>
    public TimeSpan SinceRenewal => time.GetElapsedTime(Volatile.Read(ref _lastRenewal));

    /// <summary>
    /// Ends when the server answers on a new connection after it did not on one made before: then others made before may be as dead, which
    /// who only waits on them would not notice.
    /// </summary>
    public Task NextSilence => _silence.Task;

    /// <summary>The server answers again after it had fallen silent.</summary>
    public void HeardAgain() =>
        Interlocked.Exchange(ref _silence, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    /// <summary>The loop has made a pass.</summary>
    public void Passed() => Volatile.Write(ref _lastPass, time.GetTimestamp());

    /// <summary>The lease was renewed.</summary>
    /// <param name="sentAt">When that was asked for.</param>
    public void Renewed(long sentAt)
    {
        Volatile.Write(ref _lastRenewal, sentAt);
        _hasLease = true;
    }
}
