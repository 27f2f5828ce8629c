using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Empties a queue: the jobs that wait on it are deleted, or canceled.</summary>
internal static class Empty
{
    private const int Bite = 200;
    private static readonly Script s_script = Script.Load("empty");
    private static readonly Script s_compact = Script.Load("compact");
    private static readonly Script s_forget = Script.Load("forget_queue");

    /// <returns>How many jobs there were.</returns>
    public static async Task<int> ExecuteAsync(RqConnection rq, string queue, bool cancelOnly, CancellationToken cancellationToken)
    {
        int jobs = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Keys keys = rq.Keys;
            ScriptCall call = rq.Call(s_script);
            call.Keys.AddRange([keys.Queue(queue), keys.Releasing]);
            call.Arguments.AddRange([
                keys.Prefix, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), !rq.Capabilities.LocksDeclaredOnly, Bite, cancelOnly ? "cancel" : "delete"]);
            RedisResult[] answer = (RedisResult[])(await rq.SendAsync(call).ConfigureAwait(false))!;
            jobs += (int)answer[1];
            foreach (string job in (string[])answer[2]!)
                await Release.FollowUpAsync(rq, job, cancellationToken).ConfigureAwait(false);
            if ((int)answer[0] < Bite)
                return jobs;
        }
    }

    /// <summary>Takes an emptied queue off the list of all queues, unless jobs are scheduled on it.</summary>
    public static Task ForgetAsync(RqConnection rq, string queue)
    {
        ScriptCall call = rq.Call(s_forget);
        call.Keys.AddRange([rq.Keys.Queues, rq.Keys.Scheduled(queue)]);
        call.Arguments.Add(rq.Keys.Queue(queue));
        return rq.SendAsync(call);
    }

    /// <summary>Takes ids off the list that name no job.</summary>
    /// <returns>How many.</returns>
    public static Task<int> CompactAsync(RqConnection rq, string queue, CancellationToken cancellationToken) =>
        Sweep.InBitesAsync(rq, s_compact, [rq.Keys.Queue(queue)], [], cancellationToken);
}
