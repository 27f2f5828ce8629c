namespace RQ.TestSupport;

/// <summary>Jobs that wait the wrong way.</summary>
public static class BlockingJobs
{
    /// <summary>Blocks threads of the pool, as code does that waits synchronously after its first await.</summary>
    public static Task BlockPoolThreadsAsync(int threads, int milliseconds) =>
        Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() => Thread.Sleep(milliseconds))));
}
