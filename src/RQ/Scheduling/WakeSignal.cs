namespace RQ.Scheduling;

/// <summary>Ends the sleep of a duty. What is signalled between <see cref="Reset"/> and the sleep ends that at once: no signal is lost.</summary>
internal sealed class WakeSignal(TimeProvider time)
{
    private volatile TaskCompletionSource _signal = New();

    public bool IsSet => _signal.Task.IsCompleted;

    public void Set() => _signal.TrySetResult();

    /// <summary>Forgets what was signalled so far. What it was about is looked at after this.</summary>
    public void Reset()
    {
        if (IsSet)
            _signal = New();
    }

    /// <summary>Sleeps until the time is over, a signal comes, or the token is signalled.</summary>
    public Task SleepAsync(TimeSpan most, CancellationToken stopping) =>
        ((Task)_signal.Task.WaitAsync(most, time, stopping)).ContinueWith(
            static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
