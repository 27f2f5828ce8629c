using RQ.Chaos.Ledger;
using StackExchange.Redis;

namespace RQ.Chaos;

/// <summary>Waits until nothing is left to be done.</summary>
internal static class Quiet
{
    private static readonly string[] s_busy = ["wip", "scheduled", "deferred"];

    /// <returns>How long it took; the limit when it never came.</returns>
    public static async Task<TimeSpan> ComesAsync(IDatabase db, Accounts accounts, TimeSpan limit, Action<string> tell)
    {
        long from = Moment.Now;
        int still = 0;
        for (int looks = 0; Moment.Now - from < Moment.Of(limit); looks++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5));
            int runs = accounts.Runs;
            accounts.Read();
            long left = await LeftAsync(db);
            // Something may be between two places, in a process.
            still = left == 0 && runs == accounts.Runs ? still + 1 : 0;
            if (still == 4)
                break;
            if (looks % 20 == 19)
                tell($"waiting: {left} jobs are not yet at their end");
        }

        return TimeSpan.FromSeconds(Moment.Seconds(Moment.Now - from));
    }

    private static async Task<long> LeftAsync(IDatabase db)
    {
        long left = 0;
        foreach (string queue in Queues.All)
        {
            left += await db.ListLengthAsync("rq:queue:" + queue);
            foreach (string registry in s_busy)
                left += await db.SortedSetLengthAsync($"rq:{registry}:{queue}");
        }

        return left;
    }
}
