using StackExchange.Redis;

namespace RQ.TestSupport;

/// <summary>Jobs that run in other processes: they meet the test in Redis.</summary>
public static class ProcessJobs
{
    /// <summary>Counts itself under <c>runs:{key}</c>, then waits until <c>gate:{key}</c> exists.</summary>
    public static async Task<string> CountAndWaitAsync(string key, JobContext context)
    {
        IDatabase db = context.Job.Connection.Multiplexer.GetDatabase();
        await db.StringIncrementAsync("runs:" + key);
        while (!await db.KeyExistsAsync("gate:" + key))
            await Task.Delay(20, context.CancellationToken);
        return key;
    }

    public static async Task CountAsync(string key, JobContext context) =>
        await context.Job.Connection.Multiplexer.GetDatabase().StringIncrementAsync("runs:" + key);

    public static async Task<int> RunsAsync(RqConnection rq, string key) => (int)await rq.Multiplexer.GetDatabase().StringGetAsync("runs:" + key);

    public static Task OpenGateAsync(RqConnection rq, string key) => rq.Multiplexer.GetDatabase().StringSetAsync("gate:" + key, "1");
}
