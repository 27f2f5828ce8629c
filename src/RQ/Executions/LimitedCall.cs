using RQ.Workers;

namespace RQ.Executions;

/// <summary>
/// Calls code of the user's that has a time limit of its own, on a thread of its own: it may block, and not heed its token, and
/// then it is not waited for.
/// </summary>
internal static class LimitedCall
{
    /// <param name="setup">The worker, for its clock and grace period.</param>
    /// <param name="threads">Where the code starts; <c>null</c> makes a thread for it.</param>
    /// <param name="limit">After this time its token is signalled; after <see cref="WorkerOptions.TimeoutGrace"/> more it is given up.</param>
    /// <param name="call">The code.</param>
    /// <param name="timeout">What is thrown when the time was over.</param>
    public static async Task<T> RunAsync<T>(
        WorkerSetup setup, JobThreads? threads, TimeSpan limit, Func<CancellationToken, Task<T>> call, Func<Exception> timeout)
    {
        // Neither linked nor timed, so there is nothing to dispose of; the code may hold the token longer than this call.
#pragma warning disable CA2000
        var over = new CancellationTokenSource();
#pragma warning restore CA2000
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (threads is null)
            _ = Task.Factory.StartNew(() => _ = CompleteAsync(call, done, over.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        else
            threads.Post(() => _ = CompleteAsync(call, done, over.Token));

        if (await EndsAsync(done.Task, limit, setup.Time).ConfigureAwait(false))
            return await done.Task.ConfigureAwait(false);
        // From here on nobody looks at what it ends with; an exception must not come up as one that nobody observed.
        _ = done.Task.ContinueWith(
            static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        // Not waited for: what is registered on the token is the user's, too.
        _ = over.CancelAsync();
        if (!await EndsAsync(done.Task, setup.Options.TimeoutGrace, setup.Time).ConfigureAwait(false))
            setup.Reports?.LeftBehind();
        throw timeout();
    }

    private static async Task CompleteAsync<T>(Func<CancellationToken, Task<T>> call, TaskCompletionSource<T> done, CancellationToken token)
    {
        try
        {
            done.TrySetResult(await Begin(call, token).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            done.TrySetException(exception);
        }
    }

    private static Task<T> Begin<T>(Func<CancellationToken, Task<T>> call, CancellationToken token)
    {
        using WorkerThread.Lending lending = WorkerThread.Lend();
        return call(token);
    }

    private static async Task<bool> EndsAsync(Task task, TimeSpan limit, TimeProvider time)
    {
        if (limit > WorkerOptions.LongestWait)
            limit = Timeout.InfiniteTimeSpan;
        using var ended = new CancellationTokenSource();
        bool inTime = await Task.WhenAny(task, Task.Delay(limit, time, ended.Token)).ConfigureAwait(false) == task;
        await ended.CancelAsync().ConfigureAwait(false);
        return inTime;
    }
}
