using RQ.Redis;
using StackExchange.Redis;

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
        string[] keys = Array.ConvertAll(await rq.Primary.SetMembersAsync(rq.Keys.Queues).ConfigureAwait(false), key => (string)key!);
        var names = new SortedSet<string>(
            keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.Length > prefix.Length).Select(key => key[prefix.Length..]), StringComparer.Ordinal);
        foreach (string gone in _names.Except(names).ToArray())
        {
            if (await ListAgainAsync(gone).ConfigureAwait(false))
                names.Add(gone);
        }

        _names = names;
        _read = rq.TimeProvider.GetTimestamp();
    }

    /// <summary>Python deletes queues on which jobs are scheduled: such a one is listed again, so that whoever comes later finds it, too.</summary>
    private async Task<bool> ListAgainAsync(string queue)
    {
        try
        {
            if (await rq.Primary.SortedSetLengthAsync(rq.Keys.Scheduled(queue)).ConfigureAwait(false) == 0)
                return false;
            await rq.Primary.SetAddAsync(rq.Keys.Queues, rq.Keys.Queue(queue)).ConfigureAwait(false);
            return true;
        }
        catch (RedisServerException exception) when (!ConnectionLoss.Is(exception))
        {
            // What is wrong with the keys of one queue holds up no other.
            return false;
        }
    }
}
