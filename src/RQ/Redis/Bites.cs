namespace RQ.Redis;

/// <summary>Cuts work into calls that hold the server for a few milliseconds and stay far below what it accepts in one command.</summary>
internal static class Bites
{
    /// <summary>How many jobs one call enqueues at most.</summary>
    public const int MostJobs = 500;

    /// <summary>How many bytes the items of one call bring along at most, unless there is only one.</summary>
    public const long MaxBytes = 8 * 1024 * 1024;

    /// <param name="items">The work, in order.</param>
    /// <param name="maxCount">The most items of one call.</param>
    /// <param name="size">About how many bytes an item brings along.</param>
    public static IEnumerable<List<T>> Cut<T>(IEnumerable<T> items, int maxCount, Func<T, long> size)
    {
        var bite = new List<T>();
        long bytes = 0;
        foreach (T item in items)
        {
            long more = size(item);
            if (bite.Count > 0 && (bite.Count == maxCount || bytes + more > MaxBytes))
            {
                yield return bite;
                bite = [];
                bytes = 0;
            }

            bite.Add(item);
            bytes += more;
        }

        if (bite.Count > 0)
            yield return bite;
    }
}
