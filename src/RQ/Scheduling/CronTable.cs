using RQ.Redis;
using RQ.Redis.Transitions;

namespace RQ.Scheduling;

/// <summary>Reads and changes cron schedules. What is written depends on what was read, so it is tried again when somebody else was faster.</summary>
internal sealed class CronTable(RqConnection rq)
{
    /// <summary>How many schedules one call stores, so that it holds the server for a few milliseconds.</summary>
    private const int Bite = 300;

    /// <summary>Each further try means that somebody else has come through meanwhile.</summary>
    private const int Tries = 1000;

    /// <summary>Stores schedules, those of one call all or none, and removes those of their source that are not among them.</summary>
    /// <param name="wanted">The schedules, with different names.</param>
    /// <param name="source">Whose other schedules are removed; <c>null</c> to remove none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> StoreAsync(IReadOnlyList<CronDefinition> wanted, string? source, CancellationToken cancellationToken)
    {
        bool isChanged = false;
        HashSet<string> names = [.. wanted.Select(schedule => schedule.Name)];
        for (int n = 0; n < Tries; n++)
        {
            CronRead read = await ReadAsync([.. wanted.Select(schedule => schedule.Name)], cancellationToken).ConfigureAwait(false);
            string[] gone = source is null ? [] : await OwnedAsync(source, cancellationToken).ConfigureAwait(false);
            gone = [.. gone.Except(names)];
            CronChange[] changes = [.. wanted.Zip(read.Schedules, (schedule, stored) => CronChange.Of(schedule, stored, read.Now)).OfType<CronChange>()];
            if (changes.Length + gone.Length == 0)
                return isChanged;
            (bool isComplete, bool hasChanged) = await StoreAsync(changes, gone, source, cancellationToken).ConfigureAwait(false);
            isChanged |= hasChanged;
            if (isComplete)
                return isChanged;
        }

        throw TooFast(names.First());
    }

    /// <summary>Changes one schedule.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="change">What to change in one as it was read at a time; <c>null</c> for nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <returns>Whether there is such a schedule.</returns>
    public async Task<bool> ChangeAsync(string name, Func<StoredCron, DateTimeOffset, CronChange?> change, CancellationToken cancellationToken)
    {
        for (int n = 0; n < Tries; n++)
        {
            CronRead read = await ReadAsync([name], cancellationToken).ConfigureAwait(false);
            if (!read.Schedules[0].Exists)
                return false;
            if (change(read.Schedules[0], read.Now) is not { } wanted
                || await CronStore.ExecuteAsync(rq, [wanted], [], null).WaitAsync(cancellationToken).ConfigureAwait(false) is not null)
                return true;
        }

        throw TooFast(name);
    }

    public Task<CronRead> ReadAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => CronRead.ExecuteAsync(rq, names, cancellationToken);

    private async Task<string[]> OwnedAsync(string source, CancellationToken cancellationToken) =>
        [.. (await CronStore.OwnedAsync(rq, source).WaitAsync(cancellationToken).ConfigureAwait(false)).Where(owned => owned.Source == source).Select(owned => owned.Name)];

    // Tables of the usual size go in one call.
    private async Task<(bool IsComplete, bool HasChanged)> StoreAsync(CronChange[] changes, string[] gone, string? source, CancellationToken cancellationToken)
    {
        bool hasChanged = false;
        List<List<CronChange>> bites = [.. Bites.Cut(changes, Bite, change => change.Size)];
        List<string[]> goneBites = [.. gone.Chunk(Bite)];
        for (int n = 0; n < Math.Max(bites.Count, goneBites.Count); n++)
        {
            long? removed = await CronStore.ExecuteAsync(rq, bites.ElementAtOrDefault(n) ?? [], goneBites.ElementAtOrDefault(n) ?? [], source)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            if (removed is null)
                return (false, hasChanged);
            hasChanged |= n < bites.Count || removed > 0;
        }

        return (true, hasChanged);
    }

    private static RqException TooFast(string name) => new($"The cron schedule '{name}' could not be stored: others keep changing it, {Tries} times so far.");
}
