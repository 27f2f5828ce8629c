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

    /// <summary>Puts a job that has finished back on its queue.</summary>
    private static async Task DoubleAsync(IDatabase db)
    {
        while (true)
        {
            if (await db.SortedSetPopAsync("rq:finished:" + Queues.Inside) is { } job)
            {
                await db.HashSetAsync($"rq:job:{job.Element}", "status", "queued");
                await db.ListRightPushAsync("rq:queue:" + Queues.Inside, job.Element);
                return;
            }

            await Task.Delay(100);
        }
    }
}
