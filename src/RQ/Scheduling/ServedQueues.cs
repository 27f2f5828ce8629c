namespace RQ.Scheduling;

/// <summary>The queues of a scheduler: those that it was told, or all that there are, which are read again and again.</summary>
/// <param name="rq">Where they are.</param>
/// <param name="told">The queues that it was told; <c>null</c> for all.</param>
internal sealed class ServedQueues(RqConnection rq, IReadOnlyCollection<string>? told)
{
    private static readonly TimeSpan s_readEvery = TimeSpan.FromSeconds(5);

    private volatile SortedSet<string> _names = told is null ? [] : new SortedSet<string>(told, StringComparer.Ordinal);
    private volatile bool _isStale = told is null;
    private long _read;

    /// <summary>Whether they are all that there are.</summary>
    public bool AreAll => told is null;

    /// <summary>Their names, in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>For people and for the scheduler's record.</summary>
    public string Text(string separator) => string.Join(separator, Names);

    /// <summary>Something was scheduled on a queue. If they are all that there are and it is not known yet, they are read anew with the next pass.</summary>
    /// <returns>Whether it is one of them, or will be.</returns>
    public bool Notice(string queue)
    {
        if (_names.Contains(queue))
            return true;
        if (AreAll)
            _isStale = true;
        return AreAll;
    }

    /// <summary>Looks for new ones, when it is time.</summary>
    public async Task RefreshAsync()
    {
        if (!AreAll || (!_isStale && rq.TimeProvider.GetElapsedTime(_read) < s_readEvery))
            return;
        // Before they are read: one that comes into being meanwhile makes them stale again.
        _isStale = false;
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        catch
        {
            _isStale = true;
            throw;
        }
    }

    private async Task ReadAsync()
    {
        string prefix = rq.Keys.QueuePrefix;
        string[] keys = Array.ConvertAll(await rq.Database.SetMembersAsync(rq.Keys.Queues).ConfigureAwait(false), key => (string)key!);
        _names = new SortedSet<string>(
            keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length).Select(key => key[prefix.Length..]), StringComparer.Ordinal);
        _read = rq.TimeProvider.GetTimestamp();
    }
}
