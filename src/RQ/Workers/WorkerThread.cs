namespace RQ.Workers;

/// <summary>Tells the threads that the worker has made from those that belong to others: what goes on at once on its own would, on another's, hold up or run into whatever that does.</summary>
internal static class WorkerThread
{
    [ThreadStatic]
    private static bool s_isCurrent;

    /// <summary>Whether the calling thread is one of a worker's own.</summary>
    public static bool IsCurrent => s_isCurrent;

    /// <summary>Says so of the calling thread, for as long as it lives.</summary>
    public static void Mark() => s_isCurrent = true;
}
