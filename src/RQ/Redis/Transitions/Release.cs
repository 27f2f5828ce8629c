using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>
/// The transition <i>release</i>: deferred → queued, for the jobs that waited for one that has ended; → failed or canceled, for
/// those that want that when it ended without success.
/// </summary>
internal static class Release
{
    private const int Bite = 500;
    private const int CursorArgument = 3;
    private const string LimitMark = "rl:";
    private static readonly Script s_script = Script.Load("release");

    /// <summary>
    /// Releases every dependent of the job whose dependencies are all met, in bites, and tells those of jobs that end by this.
    /// If the process dies in between, what is left is listed in <c>rq:releasing</c> and any worker's maintenance goes on; each
    /// dependent is released once.
    /// </summary>
    /// <returns>How many were released.</returns>
    public static async Task<int> ExecuteAsync(RqConnection rq, string parent, CancellationToken cancellationToken)
    {
        int released = 0;
        var parents = new Queue<string>([parent]);
        var limits = new HashSet<string>();
        while (parents.TryDequeue(out string? next))
            released += await ReleaseOneAsync(rq, next, parents, limits, cancellationToken).ConfigureAwait(false);
        foreach (string limit in limits)
            await Admit.ExecuteAsync(rq, limit, dropStale: false).ConfigureAwait(false);
        return released;
    }

    /// <summary>Does what a transition has left to do.</summary>
    public static async Task FollowUpAsync(RqConnection rq, IEnumerable<string> parents, IEnumerable<string> limits)
    {
        foreach (string parent in parents)
            await ExecuteAsync(rq, parent, CancellationToken.None).ConfigureAwait(false);
        foreach (string limit in limits.Distinct())
            await Admit.ExecuteAsync(rq, limit, dropStale: false).ConfigureAwait(false);
    }

    /// <summary>Does what the end of a job has left to do: its dependents, and whoever waits for the slot of its rate limit.</summary>
    /// <returns>How many dependents were released.</returns>
    public static async Task<int> FollowUpAsync(RqConnection rq, string job, CancellationToken cancellationToken)
    {
        int released = await ExecuteAsync(rq, job, cancellationToken).ConfigureAwait(false);
        foreach (string entry in (await PendingAsync(rq).ConfigureAwait(false)).Where(IsLimit))
            await CompleteAsync(rq, entry, cancellationToken).ConfigureAwait(false);
        return released;
    }

    /// <summary>What is left to do: ids of ended jobs whose dependents have not all been looked at, and marked keys of rate limits.</summary>
    public static async Task<string[]> PendingAsync(RqConnection rq) =>
        [.. (await rq.Database.HashKeysAsync(rq.Keys.Releasing).ConfigureAwait(false)).Select(entry => (string)entry!)];

    /// <summary>Does one of them.</summary>
    public static Task CompleteAsync(RqConnection rq, string entry, CancellationToken cancellationToken) => IsLimit(entry)
        ? Admit.ExecuteAsync(rq, entry[LimitMark.Length..], dropStale: false)
        : ExecuteAsync(rq, entry, cancellationToken);

    // Job ids hold no colon.
    private static bool IsLimit(string entry) => entry.StartsWith(LimitMark, StringComparison.Ordinal);

    private static async Task<int> ReleaseOneAsync(
        RqConnection rq, string parent, Queue<string> parents, HashSet<string> limits, CancellationToken cancellationToken)
    {
        int released = 0;
        ScriptCall call = Build(rq, parent);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisResult[] answer = await DeclaredKeys.ExecuteAsync(rq, call).ConfigureAwait(false);
            released += (int)answer[2];
            foreach (string child in (string[])answer[4]!)
                parents.Enqueue(child);
            limits.UnionWith((string[])answer[5]!);
            if ((string?)answer[0] == "done")
                return released;
            call.Arguments[CursorArgument] = (string)answer[1]!;
            call.Arguments[CursorArgument + 1] = (string)answer[3]!;
        }
    }

    private static ScriptCall Build(RqConnection rq, string parent)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Releasing, keys.Dependents(parent), keys.Job(parent), keys.ResultTemplate]);
        call.Arguments.AddRange([
            keys.Prefix, parent, "0", "0", RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), Bite, rq.Capabilities.ResultMode,
            Settlement.Payload(rq, Compression.DeflateText($"Dependency failed: job '{parent}', which this one waited for, did not end successfully.")),
            !rq.Capabilities.LocksDeclaredOnly]);
        return call;
    }
}
