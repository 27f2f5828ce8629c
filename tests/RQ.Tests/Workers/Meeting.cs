namespace RQ.Tests.Workers;

/// <summary>Where so many threads meet. Nothing of it is disposed of, so that one may still be leaving when the test has ended.</summary>
internal sealed class Meeting(int threads)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = threads;

    public bool HasBegun => _all.Task.IsCompleted;

    public void Arrive()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _all.SetResult();
    }

    /// <summary>Blocks until all are there, or until they have not come for too long.</summary>
    public void ArriveAndWait()
    {
        Arrive();
        _all.Task.Wait(s_limit);
    }

    /// <summary>Ends when all are there.</summary>
    public Task BeginsAsync() => _all.Task.WaitAsync(s_limit);
}
