using Microsoft.Extensions.Time.Testing;

namespace RQ.Conformance.Executions;

/// <summary>A clock that stands still until it is advanced, and tells when somebody waits for it.</summary>
internal sealed class SignallingTime() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when a timer of about a second was made, such as that of a pause.</summary>
    public Task Waits => _waits.Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == TimeSpan.FromSeconds(1))
            _waits.TrySetResult();
        return timer;
    }
}
