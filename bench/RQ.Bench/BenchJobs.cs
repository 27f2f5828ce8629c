using System.Diagnostics;

namespace RQ.Bench;

/// <summary>The functions that the benchmark's jobs call.</summary>
public static class BenchJobs
{
    private static volatile TaskCompletionSource<TimeSpan> s_started = new();

    /// <summary>Nothing, on a thread of the worker's, as every synchronous method.</summary>
    public static void Nothing(int number)
    {
    }

    /// <summary>Nothing, on the thread pool, as every asynchronous method.</summary>
    public static Task NothingAsync(int number) => Task.CompletedTask;

    /// <summary>Tells how long ago the job was enqueued.</summary>
    public static void Ping(long enqueuedAt) => s_started.TrySetResult(Stopwatch.GetElapsedTime(enqueuedAt));

    /// <summary>The wait of the next <see cref="Ping"/>.</summary>
    internal static Task<TimeSpan> NextPing()
    {
        s_started = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        return s_started.Task;
    }
}
