using StackExchange.Redis;

namespace RQ.Chaos;

/// <summary>Does by hand what must never happen, to show that it would be found.</summary>
internal static class Sabotage
{
    public static Task CommitAsync(string what, IDatabase db) => what switch
    {
        "lose" => LoseAsync(db),
        "double" => DoubleAsync(db),
        _ => throw new ArgumentException($"'{what}' is none of lose and double."),
    };

    /// <summary>Takes a job off its schedule.</summary>
    private static async Task LoseAsync(IDatabase db)
    {
        while (true)
        {
            foreach (string queue in Queues.All)
            {
                if (await db.SortedSetPopAsync("rq:scheduled:" + queue, Order.Descending) is not null)
                    return;
            }

            await Task.Delay(100);
        }
    }

    /// <summary>Puts a job that has finished back on its queue: none that repeats, whose next run this would be.</summary>
    private static async Task DoubleAsync(IDatabase db)
    {
        while (true)
        {
            foreach (RedisValue job in await db.SortedSetRangeByRankAsync("rq:finished:" + Queues.Inside))
            {
                if (await db.HashExistsAsync($"rq:job:{job}", "repeats_left"))
                    continue;
                await db.SortedSetRemoveAsync("rq:finished:" + Queues.Inside, job);
                await db.HashSetAsync($"rq:job:{job}", "status", "queued");
                await db.ListRightPushAsync("rq:queue:" + Queues.Inside, job);
                return;
            }

            await Task.Delay(100);
        }
    }
}
