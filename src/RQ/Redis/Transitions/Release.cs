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
    private const int RefusalArgument = 10;
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

    /// <summary>
    /// Does what a transition has left to do. What was asked for is done: what fails now is other jobs' trouble. It is listed still, and the maintenance of
    /// workers goes on with it, and tells of it.
    /// </summary>
    public static async Task FollowUpAsync(RqConnection rq, IEnumerable<string> parents, IEnumerable<string> limits)
    {
        foreach (string parent in parents)
            await AttemptAsync(() => ExecuteAsync(rq, parent, CancellationToken.None)).ConfigureAwait(false);
        foreach (string limit in limits.Distinct())
            await AttemptAsync(() => Admit.ExecuteAsync(rq, limit, dropStale: false)).ConfigureAwait(false);
    }

    /// <summary>The same for the end of a job: its dependents, and whoever waits for the slot of its rate limit.</summary>
    public static async Task FollowUpAsync(RqConnection rq, string job, CancellationToken cancellationToken)
    {
        await AttemptAsync(() => ExecuteAsync(rq, job, cancellationToken)).ConfigureAwait(false);
        await AttemptAsync(() => AdmitPendingAsync(rq, AttemptAsync, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>The same, and what fails is told.</summary>
    public static async Task EndAsync(RqConnection rq, string job, CancellationToken cancellationToken)
    {
        await ExecuteAsync(rq, job, cancellationToken).ConfigureAwait(false);
        await AdmitPendingAsync(rq, step => step(), cancellationToken).ConfigureAwait(false);
    }

    private static async Task AdmitPendingAsync(RqConnection rq, Func<Func<Task>, Task> attempt, CancellationToken cancellationToken)
    {
        foreach (string entry in (await PendingAsync(rq).ConfigureAwait(false)).Where(IsLimit))
            await attempt(() => CompleteAsync(rq, entry, cancellationToken)).ConfigureAwait(false);
    }

    private static async Task AttemptAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // See above.
        }
    }

    /// <summary>What is left to do: ids of ended jobs whose dependents have not all been looked at, and marked keys of rate limits.</summary>
    public static async Task<string[]> PendingAsync(RqConnection rq) =>
        [.. (await rq.Primary.HashKeysAsync(rq.Keys.Releasing).ConfigureAwait(false)).Select(entry => (string)entry!)];

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
            call.Arguments[RefusalArgument] = (string)answer[6]!;
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
            !rq.Capabilities.LocksDeclaredOnly, ""]);
        return call;
    }
}
