using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>The transition <i>release</i>: deferred → queued, for the jobs that waited for one that has ended.</summary>
internal static class Release
{
    private const int Bite = 500;
    private const int CursorArgument = 3;
    private static readonly Script s_script = Script.Load("release");

    /// <summary>
    /// Releases every dependent of the job whose dependencies are all met, in bites. If the process dies in between, the job
    /// is still listed in <c>rq:releasing</c> and any worker's maintenance goes on; each dependent is released once.
    /// </summary>
    /// <returns>How many were released.</returns>
    public static async Task<int> ExecuteAsync(RqConnection rq, string parent, CancellationToken cancellationToken)
    {
        int released = 0;
        ScriptCall call = Build(rq, parent);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RedisResult[] answer = (RedisResult[])(await rq.ExecuteAsync(call).ConfigureAwait(false))!;
            if (DeclaredKeys.AreMissing(answer))
            {
                DeclaredKeys.Add(call, answer);
                continue;
            }

            released += (int)answer[2];
            if ((string?)answer[0] == "done")
                return released;
            call.Arguments[CursorArgument] = (string)answer[1]!;
            call.Arguments[CursorArgument + 1] = (string)answer[3]!;
        }
    }

    /// <summary>The jobs whose dependents have not all been looked at.</summary>
    public static async Task<string[]> PendingAsync(RqConnection rq) =>
        [.. (await rq.Database.HashKeysAsync(rq.Keys.Releasing).ConfigureAwait(false)).Select(id => (string)id!)];

    private static ScriptCall Build(RqConnection rq, string parent)
    {
        Keys keys = rq.Keys;
        ScriptCall call = rq.Call(s_script);
        call.Keys.AddRange([keys.Releasing, keys.Dependents(parent), keys.Job(parent)]);
        call.Arguments.AddRange([keys.Prefix, parent, "0", "0", RqTime.Timestamp(rq.TimeProvider.GetUtcNow()), Bite]);
        return call;
    }
}
