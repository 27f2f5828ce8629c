using RQ.Jobs;
using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Reads jobs as they are between two transitions, never in the middle of one.</summary>
internal static class ReadJobs
{
    private static readonly Script s_script = Script.Load("read");

    public static async Task<JobHash> ExecuteAsync(RqConnection rq, string id) =>
        (await ExecuteAsync(rq, [id]).ConfigureAwait(false))[0];

    /// <summary>One hash per id, in order; <see cref="JobHash.Exists"/> tells which are there.</summary>
    public static async Task<JobHash[]> ExecuteAsync(RqConnection rq, IReadOnlyList<string> ids)
    {
        ScriptCall call = rq.Call(s_script);
        foreach (string id in ids)
            call.Keys.Add(rq.Keys.Job(id));
        RedisResult[] hashes = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
        return [.. hashes.Select((hash, i) => JobHash.Read(ids[i], hash))];
    }
}
