using StackExchange.Redis;

namespace RQ.Redis.Transitions;

/// <summary>Removes from a queue's registries what has expired, and from the sets of workers those that are no more.</summary>
internal static class Prune
{
    private const int Bite = 1000;
    private static readonly Script s_script = Script.Load("prune");
    private static readonly Script s_workers = Script.Load("prune_workers");

    /// <param name="rq">The connection.</param>
    /// <param name="queue">Its finished and failed registries are pruned.</param>
    /// <param name="cancellationToken">Stops between two bites.</param>
    /// <param name="removed">Told after each bite how many entries it removed.</param>
    public static async Task ExecuteAsync(RqConnection rq, string queue, CancellationToken cancellationToken, Action<int>? removed = null)
    {
        foreach (string registry in new[] { rq.Keys.Finished(queue), rq.Keys.Failed(queue) })
        {
            int count;
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                ScriptCall call = rq.Call(s_script);
                call.Keys.Add(registry);
                call.Arguments.Add(Bite);
                count = (int)await rq.ExecuteAsync(call).ConfigureAwait(false);
                removed?.Invoke(count);
            }
            while (count == Bite);
        }
    }

    /// <param name="rq">The connection.</param>
    /// <param name="workers">The key of a set of workers.</param>
    /// <param name="cancellationToken">Stops between two bites.</param>
    public static async Task WorkersAsync(RqConnection rq, string workers, CancellationToken cancellationToken)
    {
        string cursor = "0";
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            ScriptCall call = rq.Call(s_workers);
            call.Keys.Add(workers);
            call.Arguments.AddRange([cursor, Bite]);
            RedisResult[] answer = (RedisResult[])(await rq.ExecuteAsync(call).ConfigureAwait(false))!;
            cursor = (string)answer[0]!;
        }
        while (cursor != "0");
    }
}
