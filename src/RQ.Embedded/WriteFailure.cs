namespace RQ.Embedded;

/// <summary>That a server could not write to its disk, once it has happened.</summary>
#pragma warning disable CA1001 // A source without timer and links holds nothing to dispose of, and who tells of a failure may come late.
internal sealed class WriteFailure
#pragma warning restore CA1001
{
    private readonly TaskCompletionSource<Exception> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _failed = new();

    /// <summary>Ends with the first one.</summary>
    public Task<Exception> Seen => _seen.Task;

    /// <summary>Ends the waiting of all others: their writes do not come to an end either.</summary>
    public CancellationToken Token => _failed.Token;

    public void Tell(Exception error)
    {
        _seen.TrySetResult(error);
        _failed.Cancel();
    }
}
