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

    /// <summary>What became of a change.</summary>
    public enum Outcome
    {
        /// <summary>There is no such schedule.</summary>
        Missing,

        /// <summary>It was so already.</summary>
        Same,

        /// <summary>It was changed.</summary>
        Changed,
    }

    /// <summary>Stores schedules, those of one call all or none, and removes those of their source that are not among them.</summary>
    /// <param name="wanted">The schedules, with different names.</param>
    /// <param name="source">Whose other schedules are removed; <c>null</c> to remove none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> StoreAsync(IReadOnlyList<CronDefinition> wanted, string? source, CancellationToken cancellationToken)
    {
        bool isChanged = false;
        string[] names = [.. wanted.Select(schedule => schedule.Name)];
        for (int n = 0; n < Tries; n++)
        {
            // The token comes first: whatever is read after it and changes later changes it too.
            string seen = source is null ? "" : await CronOwners.TokenAsync(rq, source).WaitAsync(cancellationToken).ConfigureAwait(false);
            CronRead read = await ReadAsync(names, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<string> owned = source is null ? [] : await CronOwners.NamesAsync(rq, source).WaitAsync(cancellationToken).ConfigureAwait(false);
            string[] gone = [.. owned.Except(names)];
            CronChange[] changes = [.. wanted.Zip(read.Schedules, (schedule, stored) => CronChange.Of(schedule, stored, read.Now)).OfType<CronChange>()];
            if (changes.Length + gone.Length == 0)
                return isChanged;
            CronStore.Table? table = source is null ? null : new CronStore.Table(source, wanted.Count == 0, seen);
            (bool isComplete, bool hasChanged) = await StoreAsync(changes, gone, table, cancellationToken).ConfigureAwait(false);
            isChanged |= hasChanged;
            if (isComplete)
                return isChanged;
        }

        throw TooFast(source is null ? $"The cron schedule '{names[0]}'" : $"The cron table '{source}'");
    }

    /// <summary>Changes one schedule.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="change">What to change in one as it was read at a time; <c>null</c> for nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    public async Task<Outcome> ChangeAsync(string name, Func<StoredCron, DateTimeOffset, CronChange?> change, CancellationToken cancellationToken)
    {
        for (int n = 0; n < Tries; n++)
        {
            CronRead read = await ReadAsync([name], cancellationToken).ConfigureAwait(false);
            if (!read.Schedules[0].Exists)
                return Outcome.Missing;
            if (change(read.Schedules[0], read.Now) is not { } wanted)
                return Outcome.Same;
            if (await CronStore.ExecuteAsync(rq, Tokens.New(), [wanted], [], null).WaitAsync(cancellationToken).ConfigureAwait(false) is not null)
                return Outcome.Changed;
        }

        throw TooFast($"The cron schedule '{name}'");
    }

    public Task<CronRead> ReadAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => CronRead.ExecuteAsync(rq, names, cancellationToken);

    // Tables of the usual size go in one call.
    private async Task<(bool IsComplete, bool HasChanged)> StoreAsync(CronChange[] changes, string[] gone, CronStore.Table? table, CancellationToken cancellationToken)
    {
        bool hasChanged = false;
        List<List<CronChange>> bites = [.. Bites.Cut(changes, Bite, change => change.Size)];
        List<string[]> goneBites = [.. gone.Chunk(Bite)];
        for (int n = 0; n < Math.Max(bites.Count, goneBites.Count); n++)
        {
            string token = Tokens.New();
            long? removed = await CronStore.ExecuteAsync(rq, token, bites.ElementAtOrDefault(n) ?? [], goneBites.ElementAtOrDefault(n) ?? [], table)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            if (removed is null)
                return (false, hasChanged);
            hasChanged |= n < bites.Count || removed > 0;
            table = table is null ? null : table with { Seen = table.IsEmpty ? "" : token };
        }

        return (true, hasChanged);
    }

    private static RqException TooFast(string what) => new($"{what} could not be stored: others keep changing it, {Tries} times so far.");
}
