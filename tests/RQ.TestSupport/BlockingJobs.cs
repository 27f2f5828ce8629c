namespace RQ.TestSupport;

/// <summary>Jobs that wait the wrong way.</summary>
public static class BlockingJobs
{
    /// <summary>Blocks a thread of the pool, as code does that waits synchronously after its first await.</summary>
    public static async Task BlockPoolThreadAsync(int milliseconds)
    {
        await Task.Run(() => Thread.Sleep(milliseconds));
    }
}
