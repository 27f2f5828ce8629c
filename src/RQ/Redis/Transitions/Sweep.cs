using RQ.Serialization;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Takes entries out of registries and groups whose jobs are gone or elsewhere, and ends deferred jobs whose time to wait is over.</summary>
internal static class Sweep
{
    private const int Bite = 500;
    private static readonly Script s_registry = Script.Load("sweep");
    private static readonly Script s_expire = Script.Load("expire");
    private static readonly Script s_group = Script.Load("sweep_groups");

    /// <param name="rq">The connection.</param>
    /// <param name="registry">The key of the registry.</param>
    /// <param name="statuses">The statuses of the jobs that belong there.</param>
    /// <param name="cancellationToken">Stops between two calls.</param>
    /// <returns>How many entries were removed.</returns>
    public static Task<int> RegistryAsync(RqConnection rq, string registry, IEnumerable<JobStatus> statuses, CancellationToken cancellationToken) =>
        InBitesAsync(rq, s_registry, [registry], [string.Join(',', statuses.Select(status => status.ToText()))], cancellationToken);

    /// <summary>deferred → failed, for jobs of the queue that have waited longer than their TTL.</summary>
    /// <returns>How many.</returns>
    public static async Task<int> ExpireDeferredAsync(RqConnection rq, string queue, CancellationToken cancellationToken)
    {
        Keys keys = rq.Keys;
        int offset = 0, expired = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScriptCall call = rq.Call(s_expire);
            call.Keys.AddRange([keys.Deferred(queue), keys.Releasing, keys.ResultTemplate]);
            call.Arguments.AddRange([
                keys.Prefix, queue, offset, Bite, rq.Capabilities.ResultMode,
                Settlement.Payload(rq, Compression.DeflateText("Expired: the job waited for its dependencies longer than its TTL (JobOptions.Ttl) allows.")),
                RqTime.Timestamp(rq.TimeProvider.GetUtcNow())]);
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
            await Release.FollowUpAsync(rq, (string[])answer[2]!, []).ConfigureAwait(false);
            int looked = (int)answer[0], left = (int)answer[1];
            expired += left;
            offset += looked - left;
            if (looked < Bite)
                return expired;
        }
    }

    /// <summary>Removes ids of jobs that are gone from a group; an empty group vanishes.</summary>
    /// <returns>How many.</returns>
    public static async Task<int> GroupAsync(RqConnection rq, string group, CancellationToken cancellationToken)
    {
        int removed = 0, before;
        string cursor = "0";
        do
        {
            // Not every server's SSCAN returns all members when some were removed on the way: only a pass that removed none is the last.
            before = removed;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                ScriptCall call = rq.Call(s_group);
                call.Keys.AddRange([rq.Keys.Groups, rq.Keys.Group(group)]);
                call.Arguments.AddRange([rq.Keys.Prefix, group, cursor]);
                RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
                cursor = (string)answer[0]!;
                removed += (int)answer[1];
            }
            while (cursor != "0");
        }
        while (removed > before);
        return removed;
    }

    /// <summary>Runs a script over a list or registry in bites; it answers how many entries it looked at and how many it removed.</summary>
    public static async Task<int> InBitesAsync(
        RqConnection rq, Script script, IReadOnlyList<RedisKey> keys, IReadOnlyList<RedisValue> arguments, CancellationToken cancellationToken)
    {
        int offset = 0, removed = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScriptCall call = rq.Call(script);
            call.Keys.AddRange(keys);
            call.Arguments.AddRange([rq.Keys.Prefix, offset, Bite]);
            call.Arguments.AddRange(arguments);
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
            int looked = (int)answer[0], gone = (int)answer[1];
            removed += gone;
            offset += looked - gone;
            if (looked < Bite)
                return removed;
        }
    }
}
