namespace RQ.Tool.WorkerPools;

/// <summary>
/// How long a pool waits before it replaces a worker: not at all after a long life or a proper end, else longer each time, so
/// that workers that cannot live do not keep the machine busy.
/// </summary>
internal sealed class RestartPace
{
    private static readonly TimeSpan s_longLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_shortLife = TimeSpan.FromSeconds(1);

    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(30));

    /// <param name="lived">How long it was there.</param>
    /// <param name="wentWell">Whether it ended by itself and without an error: after its number of jobs, or because somebody told it.</param>
    public TimeSpan Next(TimeSpan lived, bool wentWell)
    {
        if (lived < s_longLife && !(wentWell && lived >= s_shortLife))
            return _backoff.Next();
        _backoff.Reset();
        return TimeSpan.Zero;
    }
}
