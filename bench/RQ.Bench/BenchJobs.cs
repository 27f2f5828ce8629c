using System.Collections.Concurrent;
using System.Diagnostics;

namespace RQ.Bench;

/// <summary>The functions that the benchmark's jobs call.</summary>
public static class BenchJobs
{
    private static readonly ConcurrentQueue<TimeSpan> s_late = new();
    private static volatile TaskCompletionSource<TimeSpan> s_started = new();

    /// <summary>Nothing, on a thread of the worker's, as every synchronous method.</summary>
    public static void Nothing(int number)
    {
    }

    /// <summary>Fails.</summary>
    public static void Fail(int number) => throw new InvalidOperationException("It was to fail.");

    /// <summary>A value to be stored.</summary>
    public static int Echo(int number) => number;

    /// <summary>Nothing, on the thread pool, as every asynchronous method.</summary>
    public static Task NothingAsync(int number) => Task.CompletedTask;

    /// <summary>Tells how long ago the job was enqueued.</summary>
    public static void Ping(long enqueuedAt) => s_started.TrySetResult(Stopwatch.GetElapsedTime(enqueuedAt));

    /// <summary>How long ago the job was enqueued, in ms. The clock is the machine's, so it may have been in another process.</summary>
    public static double Waited(long enqueuedAt) => Stopwatch.GetElapsedTime(enqueuedAt).TotalMilliseconds;

    /// <summary>Tells how late it is.</summary>
    /// <param name="due">When it was due, in ticks of UTC.</param>
    public static void Late(long due) => s_late.Enqueue(TimeSpan.FromTicks(DateTimeOffset.UtcNow.UtcTicks - due));

    /// <summary>How late those were that have told so since the last call.</summary>
    internal static List<TimeSpan> TakeLate()
    {
        var late = new List<TimeSpan>();
        while (s_late.TryDequeue(out TimeSpan by))
            late.Add(by);
        return late;
    }

    internal static int LateCount => s_late.Count;

    /// <summary>The wait of the next <see cref="Ping"/>.</summary>
    internal static Task<TimeSpan> NextPing()
    {
        s_started = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        return s_started.Task;
    }
}
