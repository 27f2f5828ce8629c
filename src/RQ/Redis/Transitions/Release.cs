using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>release</i>: deferred → queued, for the jobs that waited for one that has ended.</summary>
internal static class Release
{
    private const int Bite = 500;
    private static readonly Script s_script = Script.Load("release");

    /// <summary>
    /// Releases every dependent of the job whose dependencies are all met, in bites. If the process dies in between, the job
    /// is still listed in <c>rq:releasing</c> and any worker's maintenance goes on; each dependent is released once.
    /// </summary>
    /// <returns>How many were released.</returns>
    public static async Task<int> ExecuteAsync(RqConnection rq, string parent, CancellationToken cancellationToken)
    {
        int released = 0;
        string cursor = "0";
        ScriptCall call = Build(rq, parent, cursor);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisResult[] answer = (RedisResult[])(await rq.ExecuteAsync(call).ConfigureAwait(false))!;
            if (DeclaredKeys.AreMissing(answer))
            {
                DeclaredKeys.Add(call, answer);
                continue;
            }

            released += answer.Length - 1;
            cursor = (string)answer[0]!;
            if (cursor == "done")
                return released;
            call.Arguments[3] = cursor;
        }
    }

    /// <summary>The jobs whose dependents have not all been looked at.</summary>
    public static async Task<string[]> PendingAsync(RqConnection rq) =>
        [.. (await rq.Database.HashKeysAsync(rq.Keys.Releasing).ConfigureAwait(false)).Select(id => (string)id!)];

    private static ScriptCall Build(RqConnection rq, string parent, string cursor)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Releasing, keys.Dependents(parent), keys.Job(parent)]);
        call.Arguments.AddRange([keys.Prefix, parent, cursor, RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), Bite]);
        return call;
    }
}
